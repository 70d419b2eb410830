package store

import (
	"context"
	"time"
)

// WorkOptions say how due ticks and deliveries are worked on. The functions are called from
// several goroutines, and anew for each run, so that a reloaded job file counts at once. None
// is called within a transaction.
type WorkOptions struct {
	// Handler does one attempt, and keeps to the job's timeout itself. Its context ends with
	// one of the causes ErrCanceled, ErrReplaced, ErrShutdown, ErrFenced or ErrDisplaced.
	Handler func(ctx context.Context, c Claim) Outcome
	// Parallel caps the runs of this process (default 8), PerServer those that
	// talk to one server (default: no cap of its own).
	Parallel, PerServer int
	// Known reports whether this node's job file has the job. A run of a job that it lacks is
	// left to nodes that have it, for a minute, or for a quarter of an hour while a living
	// node has another job file, then canceled. Nil: all jobs are known.
	Known func(job string) bool
	// JobFile names what this node's job file says, for others to compare with theirs. Nil:
	// that isn't known.
	JobFile func() string
	// Overlap is the job's policy; nil means skip.
	Overlap func(job string) Overlap
	// Retry says whether another attempt follows one that has failed, and when. Nil: never.
	Retry func(f Failing, now time.Time) (delay time.Duration, again bool)
	// Over reports whether a run that waits for its next attempt must not begin it any more,
	// because the job's next tick has come. The run ends as failed then. Nil: never.
	Over func(f Failing, now time.Time) bool
	// Deliver sends one delivery; nil leaves deliveries to other processes.
	Deliver func(ctx context.Context, d Delivery) DeliveryResult
	// DeliverParallel caps deliveries that are sent at once (default 8).
	DeliverParallel int
	// Drain is how long running runs may go on after ctx ended.
	Drain time.Duration
	// StopGrace is how long an interrupted handler, and the writing of its end,
	// may take after that (default 10 s).
	StopGrace time.Duration
	// Ended gives what is owed for a run that the store itself ends: skipped,
	// replaced before it ran, canceled while it waited, or lost too often.
	Ended func(End) []NewDelivery
	// Observe is called with each end of an attempt, after it is written.
	Observe func(Event)
	// Fenced is called with an attempt whose end is not written, because its run belongs
	// to another attempt by then. What it had published lies there all the same.
	Fenced func(c Claim, o Outcome)
}

// Event is the end of an attempt, or of a run that never ran.
type Event struct {
	Run     string
	Job     string
	Tick    time.Time
	State   State // of the attempt
	Attempt int
	Trigger Trigger
	Final   bool      // the run has ended
	Next    time.Time // else: when the next attempt is due
	Error   string
}

// Failing is a run that had a failed attempt and may be tried again.
type Failing struct {
	Run      string
	Job      string
	Tick     time.Time
	Trigger  Trigger
	Failures int           // how many attempts failed, with the last one
	Since    time.Time     // when the first of them began
	Took     time.Duration // how long the last one took; 0: not known
	Passing  bool          // of the last one's Outcome
	After    time.Duration // of the last one's Outcome
}

// Failing gives the run as it is if its attempt has failed now.
func (c Claim) Failing(o Outcome, now time.Time) Failing {
	f := Failing{
		Run: c.Run, Job: c.Job, Tick: c.Tick, Trigger: c.Trigger, Failures: c.Failures + 1, Since: c.Since,
		Took: max(0, now.Sub(c.Began)), Passing: o.Passing, After: o.After,
	}
	if c.Failures == 0 || f.Since.IsZero() {
		f.Since = c.Began
	}
	return f
}
