//go:build !nocloud && !demo

package blob

import (
	"fmt"
	"io"
	"os"

	"speckle-runner/internal/secret"
)

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

// Bounds on the parts of a large object. Memory holds maxParts of them and one
// that is being read; services take at least 5 MiB and at most 10,000 of them.
const (
	minPart  = 5 << 20
	maxParts = 3
	mostPart = 9_000
)

func partSize(size int64) int { return int(max(minPart, size/mostPart+1)) }

// exactly is a reader of so many bytes: an end before them is an error.
type exactly struct {
	r    io.Reader
	left int64
}

func (e *exactly) Read(p []byte) (int, error) {
	n, err := e.r.Read(p)
	if e.left -= int64(n); err == io.EOF && e.left != 0 { //nolint:errorlint // EOF itself only: a wrapped one is a cut
		err = fmt.Errorf("the draft ends %d bytes early: %w", e.left, io.ErrUnexpectedEOF)
	}
	return n, err
}

// understood makes a fault of an error: by the cloud's own words where there
// are some, else by the network's.
func understood(err error, explain func(error) *fault) error {
	if err == nil {
		return nil
	}
	if f := explain(err); f != nil {
		return f
	}
	if f := networkFault(err); f != nil {
		return f
	}
	return &fault{other, err.Error()}
}
