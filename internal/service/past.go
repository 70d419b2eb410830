package service

import (
	"context"
	"time"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/jobs/schedule"
	"speckle-runner/internal/store"
)

// Past is past ticks of a job, the oldest first, and which of them succeeded.
type Past struct {
	Job   *jobs.Job
	Ticks []schedule.Tick

	good map[int64]bool
}

// maxPast bounds the runs that are looked at: more than there are past ticks, for
// others by hand lie between them.
const maxPast = 1_000_000

// LookUp asks the ledger which ticks have a good run; without one, none has.
func (p *Past) LookUp(ctx context.Context, ledger *store.Store) error {
	p.good = map[int64]bool{}
	if ledger == nil || len(p.Ticks) == 0 {
		return nil
	}
	runs, err := ledger.Runs(ctx, store.Filter{
		Job: p.Job.Name, States: []store.State{store.Succeeded}, Limit: maxPast,
		Since: p.Ticks[0].At, Before: p.Ticks[len(p.Ticks)-1].At.Add(time.Microsecond),
	})
	for _, run := range runs {
		p.good[run.Tick.UnixMicro()] = true
	}
	return err
}

// Succeeded reports whether a tick has a good run.
func (p *Past) Succeeded(t schedule.Tick) bool { return p.good[t.At.UnixMicro()] }

// Left gives the ticks that have none.
func (p *Past) Left() []schedule.Tick {
	var left []schedule.Tick
	for _, t := range p.Ticks {
		if !p.Succeeded(t) {
			left = append(left, t)
		}
	}
	return left
}
