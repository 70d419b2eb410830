package service

import (
	"context"
	"fmt"
	"time"

	"speckle-runner/internal/jobs/schedule"
	"speckle-runner/internal/run"
	"speckle-runner/internal/store"
)

// Backfill runs a job at past ticks, one after the other, as the order says. It gives
// the ends of the runs that began. It stops early where ctx ends, and, without goOn,
// after the first run that didn't end well.
func (x *Service) Backfill(ctx context.Context, o Order, ticks []schedule.Tick, goOn bool) []Ended {
	var ends []Ended
	for i, t := range ticks {
		if ctx.Err() != nil {
			break
		}
		o.Tick, o.Trigger = t.At, store.Backfill
		o.Label = fmt.Sprintf("%s %s (%d of %d)", o.Job.Name, t.At.Format(time.RFC3339), i+1, len(ticks))
		end := x.RunNow(ctx, o)
		end.Record.Trigger = store.Backfill
		ends = append(ends, end)
		if !goOn && !end.Well() {
			break
		}
	}
	return ends
}

// Well reports whether a run succeeded and all of its messages have arrived.
func (end Ended) Well() bool {
	return end.Result.Err == nil && end.Result.State != run.Interrupted && end.Delivered.Left == 0
}
