//go:build !nocloud && !demo

package blob

import (
	"net/url"
	"os"
	"strings"

	"speckle-runner/internal/secret"
)

// openers are the clouds of this build.
var openers = map[string]opener{"s3": openS3, "gs": openGoogle, "azblob": openAzure}

// secretVariables are the variables that hold clouds' secrets as such.
var secretVariables = []string{
	"AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_CONTAINER_AUTHORIZATION_TOKEN",
	"AZURE_STORAGE_KEY", "AZURE_STORAGE_SAS_TOKEN", "AZURE_STORAGE_CONNECTION_STRING", "AZURE_STORAGEBLOB_CONNECTIONSTRING",
	"AZURE_CLIENT_SECRET", "AZURE_CLIENT_CERTIFICATE_PASSWORD", "AZURE_PASSWORD",
}

// Secrets gives what of the environment must not be shown, for a redactor.
func Secrets() []secret.Value {
	var found []secret.Value
	for _, name := range secretVariables {
		if text := os.Getenv(name); text != "" {
			found = append(found, secret.New(text))
			for _, part := range partsOf(text) {
				found = append(found, secret.New(part))
			}
		}
	}
	return found
}

// partsOf gives what is secret in Azure's connection strings and signed queries by
// itself: requests have the query's parts in another order, and a key alone.
func partsOf(text string) (parts []string) {
	for setting := range strings.SplitSeq(text, ";") {
		switch name, value, _ := strings.Cut(setting, "="); strings.ToLower(strings.TrimSpace(name)) {
		case "accountkey", "sharedaccesssignature":
			parts = append(parts, value)
		}
		for pair := range strings.SplitSeq(setting, "&") {
			at := strings.LastIndex(pair, "sig=") // behind SharedAccessSignature=, or ?, in the first one
			if at < 0 {
				continue
			}
			sig := pair[at+len("sig="):]
			parts = append(parts, sig)
			if plain, err := url.PathUnescape(sig); err == nil && plain != sig {
				parts = append(parts, plain)
			}
		}
	}
	return parts
}
