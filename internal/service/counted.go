package service

import (
	"context"
	"time"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/scheduler"
	"speckle-runner/internal/store"
	"speckle-runner/internal/tracing"
)

// counted gives a ledger whose records of ticks that won't run are counted.
func (v *serving) counted(l scheduler.Ledger) scheduler.Ledger {
	l.Record = v.recorded(l.Record)
	return l
}

// recorded counts what is recorded anew.
func (v *serving) recorded(record func(context.Context, []store.End) ([]bool, error)) func(context.Context, []store.End) ([]bool, error) {
	return func(ctx context.Context, ends []store.End) ([]bool, error) {
		fresh, err := record(ctx, ends)
		for i, isNew := range fresh {
			if isNew {
				e := ends[i]
				v.metrics.Ended(e.Job, e.State, 1)
				v.ends.add(len(v.scheduler.File().Jobs))
				v.tracedEnd(tracing.Tick{Job: e.Job, Run: store.VersionRunID(e.Job, e.Tick, e.Version), Tick: e.Tick}, e.State)
			}
		}
		return fresh, err
	}
}

// lateness gives how late the first attempt of a scheduled tick begins; below
// 0 for all others.
func lateness(job *jobs.Job, c store.Claim, now time.Time) time.Duration {
	if c.Trigger != store.Schedule || c.Attempt > 1 {
		return -1
	}
	return max(0, now.Sub(c.Tick.Add(scheduler.Delay(job))))
}
