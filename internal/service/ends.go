package service

import (
	"context"
	"sync/atomic"
	"time"

	"speckle-runner/internal/patience"
)

const (
	// Old runs are forgotten before the hour is over once this many runs have ended,
	// and at least so many for each job: the work grows with the number of jobs.
	forgetAfter  = 5000
	forgetPerJob = 10
	// forgetPause is the least time between two times.
	forgetPause = time.Minute
)

// ends counts runs that have ended, so that a ledger that fills quickly is tidied
// sooner than once an hour.
type ends struct {
	sinceForgetting atomic.Int64 // runs that ended since old ones were forgotten
	many            chan struct{}
}

func newEnds() *ends { return &ends{many: make(chan struct{}, 1)} }

// add counts the end of a run, of a service with so many jobs.
func (e *ends) add(jobs int) {
	if e.sinceForgetting.Add(1) != int64(max(forgetAfter, forgetPerJob*jobs)) {
		return
	}
	select {
	case e.many <- struct{}{}:
	default: // hourly hasn't taken the last one yet
	}
}

// hourly calls do at the start and once an hour, sooner where many runs have ended.
func (e *ends) hourly(ctx context.Context, do func(context.Context)) {
	for {
		e.sinceForgetting.Store(0)
		do(ctx)
		if patience.Wait(ctx, forgetPause) != nil {
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
