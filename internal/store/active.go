package store

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"
)

// activeRuns holds the runs that this process works on.
type activeRuns struct {
	mu   sync.Mutex
	runs map[key]*activeRun
}

type activeRun struct {
	claim  Claim
	since  time.Time
	ctx    context.Context
	cancel context.CancelCauseFunc
}

func (a *activeRuns) add(c Claim) *activeRun {
	ctx, cancel := context.WithCancelCause(context.Background())
	run := &activeRun{claim: c, since: time.Now(), ctx: ctx, cancel: cancel}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.runs[c.key()] = run
	return run
}

func (a *activeRuns) get(k key) *activeRun {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.runs[k]
}

// remove forgets a run, unless a later attempt of it has taken its place.
func (a *activeRuns) remove(run *activeRun) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.runs[run.claim.key()] == run {
		delete(a.runs, run.claim.key())
	}
	run.cancel(nil)
}

// cancel ends the context of one claim of a run, if that is this process's.
func (a *activeRuns) cancel(k key, claim int64, cause error) {
	if run := a.get(k); run != nil && run.claim.number == claim {
		run.cancel(cause)
	}
}

func (a *activeRuns) all() []*activeRun {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Collect(maps.Values(a.runs))
}

func (a *activeRuns) none() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.runs) == 0
}

// Values of runs.cancel: why the process that runs it is to stop.
const (
	stopCanceled = "canceled"
	stopReplaced = "replaced"
)
