package blob

import (
	"context"
	"io"

	"speckle-runner/internal/output/address"
	"speckle-runner/internal/said"
	"speckle-runner/internal/secret"
)

// bucket is one place in a cloud's storage. Its errors are faults.
type bucket interface {
	// put writes an object, whole or not at all.
	put(ctx context.Context, key string, content *io.SectionReader, o putOptions) error
	// about tells what an object is; nil when there is none.
	about(ctx context.Context, key string) (*object, error)
	// remove takes an object away; one that is gone already is no error.
	remove(ctx context.Context, key string, o condition) error
	// copy copies an object within the bucket, with its metadata, at the server.
	copy(ctx context.Context, from *object, to string, o condition) error
	close()
}

// putOptions say how an object is put.
type putOptions struct {
	contentType string
	metadata    map[string]string
	ifAbsent    bool // an existing object is a fault of kind exists
	condition
}

// condition lets something be done only while an object is what it was when it
// was looked at; else it is a fault of kind exists. Where a cloud's many servers
// don't agree on conditions, as for S3, it says nothing, and the look right
// before is all there is.
type condition struct {
	looked bool    // there is one
	was    *object // nil: none was there
}

// object is what is known of an object without reading it.
type object struct {
	key      string
	metadata map[string]string
	size     int64
	version  string // differs with every put
}

// What an object's metadata says about where it comes from. Names without
// signs: some proxies drop headers with _ in them, and Azure takes no -.
const (
	metaJob     = "job"
	metaRun     = "run"
	metaTick    = "tick"
	metaAttempt = "attempt"
	metaPut     = "put" // differs with every publication
	metaSHA256  = "sha256"
)

// opener opens a bucket. It may ask for credentials, and never for the bucket.
type opener func(ctx context.Context, a address.Address) (bucket, error)

// Supports reports whether this build can write to a scheme's addresses: one
// built with the tag nocloud can't.
func Supports(scheme string) bool { return openers[scheme] != nil }

// maxSaid is how many characters of a service's words a message quotes.
const maxSaid = 300

// shown makes what a service said fit into a message. Some quote the
// credentials that they were asked with.
func shown(text string) string {
	redactor := &secret.Redactor{}
	for _, value := range Secrets() {
		redactor.Add(value)
	}
	return said.With(redactor).Line(text, maxSaid)
}
