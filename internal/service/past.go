package service

import (
	"context"
	"slices"
	"time"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/jobs/schedule"
	"speckle-runner/internal/store"
)

// Past is past ticks of a job, the oldest first, and which of them are to be run.
type Past struct {
	Job    *jobs.Job
	Ticks  []schedule.Tick
	Todo   []schedule.Tick // the oldest first
	Passed int             // ticks that succeeded already, and aren't run again

	good map[int64]bool
}

// maxPast bounds the runs that are looked at. It is more than there can be past ticks,
// because runs by hand lie between them.
const maxPast = 1_000_000

// LookUp asks the ledger which ticks have a good run, and leaves those out of Todo unless
// they are to be run again. Without a ledger, no tick has one.
func (p *Past) LookUp(ctx context.Context, ledger *store.Store, again bool) error {
	if err := p.lookUp(ctx, ledger); err != nil {
		return err
	}
	p.Todo = p.Ticks
	if !again {
		p.Todo = slices.DeleteFunc(slices.Clone(p.Ticks), p.succeeded)
	}
	p.Passed = len(p.Ticks) - len(p.Todo)
	return nil
}

func (p *Past) lookUp(ctx context.Context, ledger *store.Store) error {
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

// succeeded reports whether a tick has a good run.
func (p *Past) succeeded(t schedule.Tick) bool { return p.good[t.At.UnixMicro()] }

// Note says what is special about a tick.
func (p *Past) Note(t schedule.Tick) string {
	switch {
	case !p.succeeded(t):
		return t.Note
	case p.Passed > 0:
		return "succeeded already: passed over"
	}
	return "succeeded already: run again"
}
