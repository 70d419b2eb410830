package run

import (
	"context"
	"time"

	"github.com/rs/zerolog"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/secret"
	"speckle-runner/internal/speckle/version"
)

// Request is one attempt to execute.
type Request struct {
	Job     *jobs.Job
	Run     string    // id of the run
	Tick    time.Time // due time, UTC
	Attempt int       // from 1
	// Of is the version that the run is of; zero: of none, and elements are read
	// of the version that the job names, or of the newest.
	Of   version.Ref
	Last Last
	// Resumed says that an earlier attempt was cut off after it may have
	// published: what it wrote may be overwritten, and nothing else.
	Resumed bool
	LastTry bool // no other attempt follows when this one fails
	DryRun  bool // fetch and check, publish nothing
	Shown   int  // records that a dry run shows; 0: a few
	// AcceptShrink publishes records that have become fewer than shrink_limit
	// allows, with a warning that says so.
	AcceptShrink bool
	Progress     func(Progress) // may be nil; called from one goroutine
	Log          zerolog.Logger
	// Hold is asked right before files are published, and again when its
	// answer is about to pass: until when is the run surely this attempt's? An
	// error means that it isn't any more. Nil asks nobody.
	Hold func(context.Context) (until time.Time, err error)
	// Snapshots gives for outputs what their receivers were told last before the
	// run's tick, of the snapshots that leave the named fields out; one that has
	// none isn't in it. Nil: nothing is compared.
	Snapshots func(ctx context.Context, ignoring string, outputs []string) (map[string]Snapshot, error)
	// TokenEnds gives when a token of the job's server ends, by its public id; zero
	// when nobody knows. Nil: nobody is asked.
	TokenEnds func(id string) time.Time
	// Tables gives what the ledger keeps of outputs whose files carry types; one
	// that has nothing isn't in it. Nil: nothing is known, and nothing is noted.
	Tables func(ctx context.Context, outputs []string) (map[string]Table, error)
	// Redactor learns every secret that the run resolves; Log must write
	// through it.
	Redactor *secret.Redactor
}
