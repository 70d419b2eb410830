package blob

import (
	"context"
	"io"
	"net/url"
	"time"

	"speckle-runner/internal/output/address"
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

func yes(set url.Values, name string) bool { return set.Get(name) == "true" }

// takeBackFor bounds how long an ended run goes on to tidy up.
const takeBackFor = 15 * time.Second

// Bounds on the parts of a large object. Memory holds maxParts of them and one
// that is being read; services take at least 5 MiB and at most 10,000 of them.
const (
	minPart  = 5 << 20
	maxParts = 3
	mostPart = 9_000
)

func partSize(size int64) int { return int(max(minPart, size/mostPart+1)) }
