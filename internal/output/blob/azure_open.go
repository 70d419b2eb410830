//go:build !nocloud && !demo

package blob

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strconv"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	azblob "github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"

	"speckle-runner/internal/output/address"
)

// azureDomain is where accounts are, outside of clouds for governments.
const azureDomain = "blob.core.windows.net"

// azureAccount is what an environment, and an address over it, say of a storage
// account. The names of variables are those of gocloud.dev and Azure's own tools.
type azureAccount struct {
	name, domain, protocol string
	cdn, emulator          bool
	key, sas, connection   string // secrets, of which the first that is there counts
}

func azureFromEnv() azureAccount {
	a := azureAccount{
		name: os.Getenv("AZURE_STORAGE_ACCOUNT"), domain: os.Getenv("AZURE_STORAGE_DOMAIN"), protocol: os.Getenv("AZURE_STORAGE_PROTOCOL"),
		key: os.Getenv("AZURE_STORAGE_KEY"), sas: os.Getenv("AZURE_STORAGE_SAS_TOKEN"),
		connection: cmp.Or(os.Getenv("AZURE_STORAGE_CONNECTION_STRING"), os.Getenv("AZURE_STORAGEBLOB_CONNECTIONSTRING")),
	}
	if a.name == "" {
		a.key = "" // it is nobody's
	}
	a.cdn, _ = strconv.ParseBool(os.Getenv("AZURE_STORAGE_IS_CDN"))
	a.emulator, _ = strconv.ParseBool(os.Getenv("AZURE_STORAGE_IS_LOCAL_EMULATOR"))
	for part := range strings.SplitSeq(a.connection, ";") {
		switch name, value, _ := strings.Cut(part, "="); name {
		case "AccountName":
			a.name = cmp.Or(a.name, value)
		case "DefaultEndpointsProtocol":
			a.protocol = cmp.Or(a.protocol, value)
		}
	}
	return a
}

// service gives the address of the account, without its token.
func (a azureAccount) service() (string, error) {
	domain, protocol := cmp.Or(a.domain, azureDomain), cmp.Or(a.protocol, "https")
	switch {
	case protocol != "http" && protocol != "https":
		return "", &fault{unset, fmt.Sprintf("AZURE_STORAGE_PROTOCOL: invalid protocol %q", protocol)}
	case a.emulator, strings.HasPrefix(domain, "127.0.0.1"), strings.HasPrefix(domain, "localhost"):
		return protocol + "://" + domain + "/" + a.name, nil
	case a.cdn:
		return protocol + "://" + domain, nil
	}
	return protocol + "://" + a.name + "." + domain, nil
}

// openAzure takes account and credentials of the environment, and the
// address's settings over it.
func openAzure(_ context.Context, to address.Address) (bucket, error) {
	a := azureFromEnv()
	owner := os.Getenv("AZURE_STORAGE_ACCOUNT") // of the key
	if a.sas != "" && len(to.Settings) > 0 {
		// The token is a part of every request's address.
		return nil, &fault{unset,
			"AZURE_STORAGE_SAS_TOKEN is for one server: set AZURE_STORAGE_ACCOUNT and AZURE_STORAGE_DOMAIN instead of settings behind the address"}
	}
	a.name = cmp.Or(to.Settings.Get("storage_account"), a.name)
	a.domain = cmp.Or(to.Settings.Get("domain"), a.domain)
	a.protocol = cmp.Or(to.Settings.Get("protocol"), a.protocol)
	a.cdn = a.cdn || yes(to.Settings, "cdn")
	a.emulator = a.emulator || yes(to.Settings, "localemu")
	if a.name == "" {
		return nil, &fault{unset, "no storage account is named: set AZURE_STORAGE_ACCOUNT, or ?storage_account= behind the address"}
	}
	service, err := a.service()
	if err != nil {
		return nil, err
	}
	client, err := a.client(service, owner, to.Bucket)
	if err != nil {
		return nil, &fault{noCredentials, err.Error()}
	}
	return &bucketOfAzure{client}, nil
}

// client takes the first credentials that there are. A token is a part of the
// address; a connection string has an address of its own.
func (a azureAccount) client(service, owner, name string) (*container.Client, error) {
	options := &container.ClientOptions{}
	options.Telemetry = policy.TelemetryOptions{ApplicationID: "speckle-runner"}
	if a.sas != "" {
		service += "?" + strings.TrimPrefix(a.sas, "?") // as Azure's portal shows it
	}
	place, err := url.JoinPath(service, name)
	switch {
	case err != nil: // whose text has the whole address, and the token with it
		return nil, errors.New("the account's address, or AZURE_STORAGE_SAS_TOKEN behind it, has characters that no address can have")
	case a.key != "":
		key, err := azblob.NewSharedKeyCredential(owner, a.key)
		if err != nil {
			return nil, fmt.Errorf("AZURE_STORAGE_KEY: %w", err)
		}
		return container.NewClientWithSharedKeyCredential(place, key, options)
	case a.sas != "":
		return container.NewClientWithNoCredential(place, options)
	case a.connection != "":
		return container.NewClientFromConnectionString(a.connection, name, options)
	}
	credential, err := azidentity.NewDefaultAzureCredential(nil)
	if err != nil {
		return nil, err
	}
	return container.NewClient(place, credential, options)
}
