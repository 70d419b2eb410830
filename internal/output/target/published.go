package target

import (
	"errors"
	"time"

	"speckle-runner/internal/output/format"
)

// ErrExists says that a target exists and may not be overwritten.
var ErrExists = errors.New("the file exists already and overwrite is false")

// Published is one file of a run, as the ledger keeps it.
type Published struct {
	Path    string `json:"path"`
	Records int64  `json:"records"`
	Bytes   int64  `json:"bytes"`
	SHA256  string `json:"sha256"`
	Latest  string `json:"latest,omitempty"` // the second path that holds it
	Output  string `json:"output,omitempty"` // the job's name for the output, which the run fills in

	Manifest string `json:"manifest,omitempty"` // the path of its manifest
}

// CreateOptions says how a file is put in place.
type CreateOptions struct {
	Format    format.Format // of what is written: an object says it
	Overwrite bool          // false: an existing target is ErrExists
	Resumed   bool          // but one that an earlier attempt of this very run wrote
	Latest    string        // a second path that gets a copy, of the newest tick
	// Shared says that runs of other ticks write this path, too: an older tick
	// never replaces a newer one's file.
	Shared bool

	// Manifest adds ManifestPath(path), always overwritten and renamed last:
	// who sees it sees its file. Call SetRecords before Close then.
	Manifest *Manifest
}

// Author is who publishes: one attempt of a run.
type Author struct {
	Job     string
	Run     string
	Tick    time.Time
	Attempt int
}

// Left is a file of a run that wasn't put in place: a newer one lies there.
type Left struct {
	Path   string
	Latest bool   // it is a second path
	By     string // the run that wrote the newer one
}
