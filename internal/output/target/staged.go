package target

import (
	"context"
	"errors"
	"io"
	"time"

	"speckle-runner/internal/output/format"
	"speckle-runner/internal/output/record"
)

// Staged is a file or an object on its way. It counts and hashes what is written,
// and is for one goroutine; an error of it says that nothing was published.
type Staged interface {
	io.Writer
	Path() string       // as the ledger has it
	SetRecords(n int64) // for Published and for the manifest
	Bytes() int64       // written so far
	// Append writes a run's part of a file that grows, in place of Write. It gives
	// a warning where somebody else has changed the file.
	Append(ctx context.Context, a Append) (warning string, err error)
	Close() error
}

// Append is one run's part of a file that grows.
type Append struct {
	Format  format.Format // csv or ndjson, also compressed: its parts are members of one stream
	Records record.Records
	Tick    time.Time
	Shape   format.Options
}

// CreateOptions says how a file is put in place.
type CreateOptions struct {
	Format    format.Format // of what is written: an object says it
	Overwrite bool          // false: an existing target is ErrExists
	Resumed   bool          // but one that an earlier attempt of this very run wrote
	Output    string        // the job's name for the output, which Published has
	Latest    string        // a second path that gets a copy, of the newest tick
	// Shared says that runs of other ticks write this path, too: an older tick
	// never replaces a newer one's file.
	Shared bool

	// Manifest adds ManifestPath(path), always overwritten and renamed last:
	// who sees it sees its file. Call SetRecords before Close then.
	Manifest *Manifest
}

// ErrExists says that a target exists and may not be overwritten.
var ErrExists = errors.New("the file exists already and overwrite is false: " +
	"give it a path of its own, such as one with {tick}, or remove overwrite: false")
