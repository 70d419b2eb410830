//go:build !nocloud && !demo

package blob

import (
	"net/url"
	"strings"
	"testing"

	"speckle-runner/internal/output/address"
)

// TestAzureAddress: the environment names the account, settings go over it, and
// the token, which is a part of the address, goes to the environment's alone.
func TestAzureAddress(t *testing.T) {
	const connection = "DefaultEndpointsProtocol=https;AccountName=other;AccountKey=aHVudGVyMjI=;EndpointSuffix=core.windows.net"
	for name, c := range map[string]struct {
		env      map[string]string
		settings url.Values
		want     string
	}{
		"account": {map[string]string{"AZURE_STORAGE_ACCOUNT": "acme", "AZURE_STORAGE_KEY": "aHVudGVyMjI="}, nil,
			"https://acme.blob.core.windows.net/box"},
		"domain": {map[string]string{"AZURE_STORAGE_ACCOUNT": "acme", "AZURE_STORAGE_KEY": "aHVudGVyMjI=",
			"AZURE_STORAGE_DOMAIN": "blob.core.usgovcloudapi.net"}, nil, "https://acme.blob.core.usgovcloudapi.net/box"},
		"settings": {map[string]string{"AZURE_STORAGE_ACCOUNT": "acme", "AZURE_STORAGE_KEY": "aHVudGVyMjI="},
			url.Values{"storage_account": {"emca"}, "domain": {"azure.test"}, "protocol": {"http"}}, "http://emca.azure.test/box"},
		"cdn": {map[string]string{"AZURE_STORAGE_ACCOUNT": "acme", "AZURE_STORAGE_KEY": "aHVudGVyMjI=", "AZURE_STORAGE_DOMAIN": "cdn.test",
			"AZURE_STORAGE_IS_CDN": "true"}, nil, "https://cdn.test/box"},
		"emulator": {map[string]string{"AZURE_STORAGE_ACCOUNT": "acme", "AZURE_STORAGE_KEY": "aHVudGVyMjI="},
			url.Values{"domain": {"azurite:10000"}, "localemu": {"true"}, "protocol": {"http"}}, "http://azurite:10000/acme/box"},
		"localhost": {map[string]string{"AZURE_STORAGE_ACCOUNT": "acme", "AZURE_STORAGE_KEY": "aHVudGVyMjI=",
			"AZURE_STORAGE_DOMAIN": "localhost:10000", "AZURE_STORAGE_PROTOCOL": "http"}, nil, "http://localhost:10000/acme/box"},
		"token": {map[string]string{"AZURE_STORAGE_ACCOUNT": "acme", "AZURE_STORAGE_SAS_TOKEN": "sv=1&sig=hunter22"}, nil,
			"https://acme.blob.core.windows.net/box?sv=1&sig=hunter22"},
		"token of the portal": {map[string]string{"AZURE_STORAGE_ACCOUNT": "acme", "AZURE_STORAGE_SAS_TOKEN": "?sv=1&sig=hunter22"}, nil,
			"https://acme.blob.core.windows.net/box?sv=1&sig=hunter22"},
		"connection": {map[string]string{"AZURE_STORAGE_CONNECTION_STRING": connection}, nil, "https://other.blob.core.windows.net/box"},
		"a key that is nobody's": {map[string]string{"AZURE_STORAGE_KEY": "aHVudGVyMjI=", "AZURE_STORAGEBLOB_CONNECTIONSTRING": connection}, nil,
			"https://other.blob.core.windows.net/box"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, variable := range []string{
				"ACCOUNT", "KEY", "DOMAIN", "PROTOCOL", "SAS_TOKEN", "CONNECTION_STRING", "IS_CDN", "IS_LOCAL_EMULATOR",
			} {
				t.Setenv("AZURE_STORAGE_"+variable, "")
			}
			for variable, value := range c.env {
				t.Setenv(variable, value)
			}
			b, err := openAzure(t.Context(), address.Address{Scheme: "azblob", Bucket: "box", Key: "a.csv", Settings: c.settings})
			if err != nil {
				t.Fatal(err)
			}
			if azure, is := b.(*bucketOfAzure); !is || azure.client.URL() != c.want {
				t.Errorf("%v, want %s", b, c.want)
			}
		})
	}
}

// TestATokenThatIsNoAddress: a token with an end of line can't be part of an address, and
// what is said of that doesn't have it.
func TestATokenThatIsNoAddress(t *testing.T) {
	t.Setenv("AZURE_STORAGE_ACCOUNT", "acme")
	t.Setenv("AZURE_STORAGE_KEY", "")
	t.Setenv("AZURE_STORAGE_SAS_TOKEN", "sv=1&sig=hunter22\n")
	_, err := openAzure(t.Context(), address.Address{Scheme: "azblob", Bucket: "box", Key: "a.csv"})
	if err == nil || strings.Contains(err.Error(), "hunter22") || !strings.Contains(err.Error(), "AZURE_STORAGE_SAS_TOKEN") {
		t.Errorf("said %v", err)
	}
}
