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
	// Of is the version that the run is of; zero: of none. Elements are then read of the
	// version that the job names, else of the newest.
	Of   version.Ref
	Last Last
	// Resumed says that an earlier attempt was cut off, maybe after it had published:
	// with overwrite: false, the files of that attempt may be replaced, and no others.
	Resumed bool
	LastTry bool // no other attempt follows when this one fails
	DryRun  bool // fetch and check, publish nothing
	Shown   int  // records that a dry run shows; 0: a few
	// AcceptShrink publishes fewer records than shrink_limit allows, with a warning.
	AcceptShrink bool
	Progress     func(Progress) // may be nil; called from one goroutine
	Log          zerolog.Logger
	// Hold says until when the run certainly belongs to this attempt. It is asked right
	// before files are published, and again when that time is nearly over. An error: the
	// run belongs to another attempt. Nil: nothing is asked.
	Hold func(context.Context) (until time.Time, err error)
	// Snapshots gives, by output, the newest snapshot before the run's tick that its
	// receiver has heard of, among those that ignore the named fields. Outputs without
	// one are left out. Nil: nothing is compared.
	Snapshots func(ctx context.Context, ignoring string, outputs []string) (map[string]Snapshot, error)
	// TokenEnds gives when the token with a public id expires; zero: it isn't known.
	// Nil: nothing is asked.
	TokenEnds func(id string) time.Time
	// Tables gives, by output, what the ledger keeps of files with typed columns;
	// outputs without any are left out. Nil: nothing is known, and nothing is noted.
	Tables func(ctx context.Context, outputs []string) (map[string]Table, error)
	// Redactor learns every secret that the run resolves; Log must write
	// through it.
	Redactor *secret.Redactor
}
