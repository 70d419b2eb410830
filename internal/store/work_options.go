package store

import (
	"context"
	"time"
)

// WorkOptions say how due ticks and deliveries are worked on. The functions
// are called from several goroutines, and again for each run: a reloaded job
// file is seen at once.
type WorkOptions struct {
	// Handler does one attempt. Its context ends with one of the causes
	// ErrCanceled, ErrReplaced, ErrShutdown, ErrTimeout or ErrFenced.
	Handler func(ctx context.Context, c Claim) Outcome
	// Parallel caps the runs of this process (default 8), PerServer those that
	// talk to one server (default: no cap of its own).
	Parallel, PerServer int
	// Known says whether this node's job file has the job. Runs of others are
	// left to nodes that know them, for a minute, then canceled. Nil means all.
	Known func(job string) bool
	// Overlap is the job's policy; nil means skip.
	Overlap func(job string) Overlap
	// Retry says whether an attempt follows after that many failures, and when.
	// Nil means never.
	Retry func(job string, failures int) (delay time.Duration, again bool)
	// Timeout bounds one attempt; nil or 0 means no bound.
	Timeout func(job string) time.Duration
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
	// Observe is told of each end of an attempt, after it is written.
	Observe func(Event)
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

// Retries is the default retry policy: growing waits of 10 s, 1 min, 5 min,
// 15 min and so on, with the given number of attempts after the first.
func Retries(retries int) func(failures int) (time.Duration, bool) {
	waits := []time.Duration{10 * time.Second, time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour}
	return func(failures int) (time.Duration, bool) {
		if failures > retries {
			return 0, false
		}
		return waits[min(max(failures, 1), len(waits))-1], true
	}
}
