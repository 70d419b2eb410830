package service

import (
	"context"
	"time"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/scheduler"
	"speckle-runner/internal/store"
	"speckle-runner/internal/tracing"
)

// counting gives the scheduler a ledger that also counts the ticks that are recorded
// without a run: missed and skipped ones.
func (v *serving) counting(l scheduler.Ledger) scheduler.Ledger {
	l.Record = v.countNew(l.Record)
	return l
}

// countNew counts the ends that record writes for the first time: another node may have written them before.
func (v *serving) countNew(record func(context.Context, []store.End) ([]bool, error)) func(context.Context, []store.End) ([]bool, error) {
	return func(ctx context.Context, ends []store.End) ([]bool, error) {
		fresh, err := record(ctx, ends)
		for i, isNew := range fresh {
			if isNew {
				e := ends[i]
				v.metrics.Ended(e.Job, e.State, 1)
				v.ends.add(len(v.scheduler.File().Jobs))
				v.traceTickEnd(tracing.Tick{Job: e.Job, Run: store.VersionRunID(e.Job, e.Tick, e.Version), Tick: e.Tick}, e.State)
			}
		}
		return fresh, err
	}
}

// lateness is how late the first attempt of a scheduled tick begins; below 0 for
// all other attempts, which nobody waits for.
func lateness(job *jobs.Job, c store.Claim, now time.Time) time.Duration {
	if c.Trigger != store.Schedule || c.Attempt > 1 {
		return -1
	}
	return max(0, now.Sub(c.Tick.Add(scheduler.Delay(job))))
}
