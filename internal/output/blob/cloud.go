//go:build !nocloud && !demo

package blob

import (
	"os"

	"speckle-runner/internal/secret"
)

// openers are the clouds of this build.
var openers = map[string]opener{"s3": openS3, "gs": openGoogle, "azblob": openAzure}

// secretVariables are the variables that hold clouds' secrets as such.
var secretVariables = []string{
	"AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_CONTAINER_AUTHORIZATION_TOKEN",
	"AZURE_STORAGE_KEY", "AZURE_STORAGE_SAS_TOKEN", "AZURE_STORAGE_CONNECTION_STRING", "AZURE_STORAGEBLOB_CONNECTIONSTRING",
	"AZURE_CLIENT_SECRET",
}

// Secrets gives what of the environment must not be shown, for a redactor.
func Secrets() []secret.Value {
	var found []secret.Value
	for _, name := range secretVariables {
		if text := os.Getenv(name); text != "" {
			found = append(found, secret.New(text))
		}
	}
	return found
}
