//go:build !nocloud && !demo

package blob

import (
	"context"
	"fmt"
	"io"
	"os"

	"gocloud.dev/blob"
	"gocloud.dev/gcerrors"

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

// cloud is a bucket through gocloud.dev.
type cloud struct {
	bucket *blob.Bucket
	// explain makes a fault of an error.
	explain func(error) *fault
	// tune shapes a put in a cloud's own words; nil: nothing to shape.
	tune func(as func(any) bool, size int64)
	// tuneCopy does so for the copy of a version of an object; nil, too.
	tuneCopy func(as func(any) bool, version string)
}

// put hands the content over as a reader. Closing one of gocloud's writers
// commits what it has got by then; a reader that breaks off, or an ended
// context, commits nothing.
func (c *cloud) put(ctx context.Context, key string, content *io.SectionReader, o putOptions) error {
	return c.fault(c.bucket.Upload(ctx, key, &exactly{content, content.Size()}, &blob.WriterOptions{
		ContentType: o.contentType, Metadata: o.metadata, IfNotExist: o.ifAbsent, BufferSize: partSize(content.Size()), MaxConcurrency: maxParts,
		BeforeWrite: func(as func(any) bool) error {
			if c.tune != nil {
				c.tune(as, content.Size())
			}
			return nil
		},
	}))
}

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

func (c *cloud) about(ctx context.Context, key string) (*object, error) {
	found, err := c.bucket.Attributes(ctx, key)
	switch {
	case gcerrors.Code(err) == gcerrors.NotFound:
		return nil, nil
	case err != nil:
		return nil, c.fault(err)
	}
	return &object{key: key, metadata: found.Metadata, size: found.Size, version: found.ETag}, nil
}

// copy is of the object that was looked at; of what it replaces nothing is asked:
// not all that speaks like S3 can.
func (c *cloud) copy(ctx context.Context, from *object, to string, _ condition) error {
	return c.fault(c.bucket.Copy(ctx, to, from.key, &blob.CopyOptions{BeforeCopy: func(as func(any) bool) error {
		if c.tuneCopy != nil {
			c.tuneCopy(as, from.version)
		}
		return nil
	}}))
}

func (c *cloud) remove(ctx context.Context, key string, _ condition) error {
	err := c.bucket.Delete(ctx, key)
	if gcerrors.Code(err) == gcerrors.NotFound {
		return nil
	}
	return c.fault(err)
}

func (c *cloud) close() { _ = c.bucket.Close() } // nothing is under way

func (c *cloud) fault(err error) error { return understood(err, c.explain) }

// understood makes a fault of an error: by the cloud's own words where there
// are some, else by gocloud's.
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
	switch gcerrors.Code(err) {
	case gcerrors.FailedPrecondition, gcerrors.AlreadyExists:
		return &fault{exists, ""}
	case gcerrors.PermissionDenied:
		return &fault{denied, err.Error()}
	case gcerrors.NotFound:
		return &fault{noBucket, err.Error()}
	}
	return &fault{other, err.Error()}
}
