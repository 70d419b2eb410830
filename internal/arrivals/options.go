package arrivals

import (
	"context"
	"time"

	"github.com/rs/zerolog"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/speckle/version"
	"speckle-runner/internal/store"
)

// Ledger is what is asked of the ledger.
type Ledger struct {
	// Clock tells the time.
	Clock func(ctx context.Context) (store.Clock, error)
	// TakeLook gives a job's next look to one of the nodes; EndLook and FailLook say
	// how it went, and TellLook that people are told of it.
	TakeLook func(ctx context.Context, job, place string, every time.Duration) (store.VersionMark, bool, error)
	EndLook  func(ctx context.Context, job, place string, upto time.Time, ids []string, recovery []store.NewDelivery) error
	FailLook func(ctx context.Context, job, place string, patience time.Duration) (time.Time, error)
	TellLook func(ctx context.Context, place string, end store.End) (bool, error)
	// VersionTicks gives versions their ticks, the same each time; Enqueue and Record
	// leave those alone that are known.
	VersionTicks func(ctx context.Context, job string, versions []store.Version) ([]time.Time, error)
	Enqueue      func(ctx context.Context, due []store.Due) ([]bool, error)
	Record       func(ctx context.Context, ends []store.End) ([]bool, error)
}

// LedgerOf gives a store as the ledger.
func LedgerOf(s *store.Store) Ledger {
	return Ledger{
		Clock: s.Clock, TakeLook: s.TakeLook, EndLook: s.EndLook, FailLook: s.FailLook, TellLook: s.TellLook,
		VersionTicks: s.VersionTicks, Enqueue: s.Enqueue, Record: s.Record,
	}
}

// Options say what looks are made with.
type Options struct {
	Ledger Ledger
	Log    zerolog.Logger
	// Ask gives the versions of the project of a job's on_version since an instant,
	// with the job's token, as version.Since does. Its errors are without secrets.
	Ask func(ctx context.Context, job *jobs.Job, since time.Time) ([]version.New, error)
	// Looked is told of each look of a job, and whether it came through. Nil: nobody.
	Looked func(job string, good bool)
	// Notices make what people are told with.
	Notices Notices
}

// Notices make what is owed to people; the zero value owes nothing.
type Notices struct {
	Missed    func(job *jobs.Job, last store.End, count int) []store.NewDelivery // one call for all that were found together
	Skipped   func(end store.End) []store.NewDelivery
	Failing   func(job *jobs.Job, tick time.Time, why string) []store.NewDelivery // looks have failed for long
	Recovered func(job *jobs.Job, tick time.Time) []store.NewDelivery             // and those that were told of it
}
