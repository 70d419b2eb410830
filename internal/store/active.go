package store

import (
	"context"
	"sync"
	"time"
)

// runKey is a run that this process works on.
type runKey = key

// active holds the runs that this process works on.
type active struct {
	mu   sync.Mutex
	runs map[runKey]*activeRun
}

type activeRun struct {
	claim  Claim
	since  time.Time
	ctx    context.Context
	cancel context.CancelCauseFunc
}

func (a *active) add(c Claim) *activeRun {
	ctx, cancel := context.WithCancelCause(context.Background())
	run := &activeRun{claim: c, since: time.Now(), ctx: ctx, cancel: cancel}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.runs[c.key()] = run
	return run
}

func (c Claim) key() key { return key{c.Job, micros(c.Tick)} }

func (a *active) get(k runKey) *activeRun {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.runs[k]
}

// remove forgets a run, unless a later attempt of it has taken its place.
func (a *active) remove(run *activeRun) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.runs[run.claim.key()] == run {
		delete(a.runs, run.claim.key())
	}
	run.cancel(nil)
}

// cancel ends a run's context, if the run is this process's.
func (a *active) cancel(k runKey, cause error) {
	if run := a.get(k); run != nil {
		run.cancel(cause)
	}
}

func (a *active) all() []*activeRun {
	a.mu.Lock()
	defer a.mu.Unlock()
	all := make([]*activeRun, 0, len(a.runs))
	for _, run := range a.runs {
		all = append(all, run)
	}
	return all
}

// names holds the deliveries that this process is sending.
type names struct {
	mu  sync.Mutex
	set map[string]bool
}

func (n *names) add(name string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.set[name] = true
}

func (n *names) remove(name string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.set, name)
}

func (n *names) has(name string) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.set[name]
}
