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

// cancel ends the context of one claim of a run, if that is this process's.
func (a *active) cancel(k runKey, claim int64, cause error) {
	if run := a.get(k); run != nil && run.claim.number == claim {
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

func (a *active) none() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.runs) == 0
}

// try is one try of a delivery that this process has claimed.
type try struct {
	claim   int64
	attempt int
	begun   bool
}

// sending holds the deliveries that this process has claimed and not ended.
type sending struct {
	mu    sync.Mutex
	tries map[string]try
}

func (s *sending) add(id string, one try) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tries[id] = one
}

// begin gives the try of a delivery to the one who sends it: only once.
func (s *sending) begin(id string) (one try, ours bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	one, ours = s.tries[id]
	if !ours || one.begun {
		return try{}, false
	}
	s.tries[id] = try{one.claim, one.attempt, true}
	return one, true
}

// remove forgets a try, unless a later one of the delivery has taken its place.
func (s *sending) remove(id string, claim int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.tries[id].claim == claim {
		delete(s.tries, id)
	}
}

func (s *sending) has(id string, claim int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	one, there := s.tries[id]
	return there && one.claim == claim
}

func (s *sending) none() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.tries) == 0
}

// What a run's row says to the process that has it.
const (
	stopCanceled = "canceled"
	stopReplaced = "replaced"
)
