package service

import (
	"context"
	"sync/atomic"
	"time"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/store"
)

// longestWindow is how far back a missed tick may be written again.
func longestWindow(file *jobs.File) time.Duration {
	window := time.Duration(0)
	for _, job := range file.Jobs {
		window = max(window, job.MissedWindow)
	}
	return window
}

// Prune removes old runs from a ledger that may have no serve, once a day: those
// that keep, where a field of it is zero otherwise, doesn't hold. The runs are over
// and told: what goes wrong here is only logged.
func (x *Service) Prune(ctx context.Context, keep, otherwise store.Keep) {
	if x.ledger == nil || x.dry {
		return
	}
	keep.Window = longestWindow(x.file)
	gone, err := x.ledger.Prune(ctx, keep, otherwise)
	switch {
	case err != nil && ctx.Err() == nil:
		x.log.Warn().Str("error", err.Error()).Msg("forget old runs")
	case gone > 0:
		x.log.Info().Int("runs", gone).Msg("old runs left the ledger")
	}
}

const (
	// forgetAfter is how many ended runs are a reason to forget old ones before the
	// hour is over, and forgetEach how many of each job: looking costs as much as there are jobs.
	forgetAfter = 5000
	forgetEach  = 10
	// forgetPause is how long the next time waits at least.
	forgetPause = time.Minute
)

// ends counts runs that have ended, so that a ledger to which many come doesn't grow for
// an hour before old ones go.
type ends struct {
	since atomic.Int64 // old runs were forgotten last
	many  chan struct{}
}

func newEnds() *ends { return &ends{many: make(chan struct{}, 1)} }

// add counts one of the runs of so many jobs.
func (e *ends) add(jobs int) {
	if e.since.Add(1) != int64(max(forgetAfter, forgetEach*jobs)) {
		return
	}
	select {
	case e.many <- struct{}{}:
	default: // that is known
	}
}

// hourly does something at the start and once an hour, sooner where many have ended.
func (e *ends) hourly(ctx context.Context, do func(context.Context)) {
	for {
		e.since.Store(0)
		do(ctx)
		if !wait(ctx, forgetPause) {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-e.many:
		case <-time.After(time.Hour - forgetPause):
		}
	}
}

// forget removes old runs from the ledger of a service.
func (v *serving) forget(ctx context.Context) {
	keep := v.options.Keep
	keep.Window = longestWindow(v.scheduler.File())
	gone, err := v.ledger.Retention(ctx, keep)
	switch {
	case err != nil && ctx.Err() == nil:
		v.log.Warn().Str("error", err.Error()).Msg("forget old runs")
	case gone > 0:
		v.log.Info().Int("runs", gone).Msg("old runs left the ledger")
	}
}
