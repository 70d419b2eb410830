package service

import (
	"context"
	"sync/atomic"
	"time"

	"speckle-runner/internal/patience"
)

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
