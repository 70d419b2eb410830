package scheduler

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/store"
)

// Ledger is what the scheduler asks of the ledger.
type Ledger struct {
	// Clock tells the time, Moment that of a run that is asked for now.
	Clock  func(ctx context.Context) (store.Clock, error)
	Moment func(ctx context.Context) (time.Time, error)
	// Arm notes what jobs follow, and tells up to when their ticks are recorded.
	Arm func(ctx context.Context, armed []store.Armed) (map[string]store.Standing, error)
	// Enqueue writes due ticks, Record those that will not run. Both leave ticks
	// alone that the ledger has, and say which ones were new. Neither takes one
	// that is still to come.
	Enqueue func(ctx context.Context, due []store.Due) ([]bool, error)
	Record  func(ctx context.Context, ends []store.End) ([]bool, error)
}

// LedgerOf gives a store as the scheduler's ledger.
func LedgerOf(s *store.Store) Ledger {
	return Ledger{Clock: s.Clock, Moment: s.Moment, Arm: s.Arm, Enqueue: s.Enqueue, Record: s.Record}
}

// Options say what a scheduler works with.
type Options struct {
	Ledger Ledger
	Log    zerolog.Logger
	// Missed gives what is owed for a job's missed ticks: one call for all that
	// were found together, with the newest. Nil: nothing.
	Missed func(job *jobs.Job, newest time.Time, count int) []store.NewDelivery
	// NotBefore is a time that has certainly passed, such as when the program was
	// made: a clock that says less is wrong. Zero: not known.
	NotBefore time.Time
}

// Scheduler arms the jobs of a job file. It is safe for use by several
// goroutines.
type Scheduler struct {
	o       Options
	now     func() time.Time // the wall clock, which only people are told by
	steady  func() time.Duration
	changed chan struct{} // Apply was called

	mu      sync.Mutex
	belief  belief
	file    *jobs.File
	entries map[string]*entry
	leaving map[string][]*entry // those that a reload took away and that owe ticks, in order
	pending map[string]bool     // jobs of which the ledger was not told all yet
	due     dueHeap             // entries that are armed and have a next tick
	owing   []*entry            // those that have been found too late for a tick
	held    time.Time           // from when on nothing was written because the clock was in doubt
	looped  time.Time
	pause   time.Duration // before the ledger is asked again; 0: it answers
}

// New gives a scheduler without jobs.
func New(o Options) *Scheduler {
	return &Scheduler{
		o: o, now: time.Now, steady: steadyClock(), changed: make(chan struct{}, 1), file: &jobs.File{},
		entries: map[string]*entry{}, leaving: map[string][]*entry{}, pending: map[string]bool{},
	}
}

// timeOf gives the time at which the steady clock stood, or will stand, there.
func (s *Scheduler) timeOf(steady time.Duration) time.Time { return s.belief.now(steady) }

// wall reads the wall clock without the monotonic one, which stands still
// while a machine sleeps and knows nothing of clocks being set.
func (s *Scheduler) wall() time.Time { return s.now().UTC().Round(0) }

// Looped is when the loop last went round, with the ledger answering. It does
// so every 30 s at the least.
func (s *Scheduler) Looped() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.looped
}

// Next gives a job's next tick, zero if it has none (it is manual or disabled,
// or the job is unknown).
func (s *Scheduler) Next(job string) time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.entries[job]
	if e == nil || e.follows == "" {
		return time.Time{}
	}
	if e.next.IsZero() && !e.armed {
		now := s.wall()
		if s.belief.known {
			now = s.timeOf(s.steady())
		}
		return e.job.Schedule.Next(now)
	}
	return e.next
}

// File gives the job file that is in force. It doesn't change: Apply puts
// another in its place.
func (s *Scheduler) File() *jobs.File {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.file
}

// Job gives a job as it is in force, nil if the file has none of that name.
func (s *Scheduler) Job(name string) *jobs.Job {
	s.mu.Lock()
	defer s.mu.Unlock()
	if e := s.entries[name]; e != nil {
		return e.job
	}
	return nil
}

// ErrUnknown says that the job file in force has no such job.
var ErrUnknown = errors.New("no such job")

// Start queues a run of a job now, whose tick is this moment, and gives its
// id. The job's overlap rule decides what becomes of it.
func (s *Scheduler) Start(ctx context.Context, name string, why store.Trigger) (string, error) {
	if s.Job(name) == nil {
		return "", fmt.Errorf("start %s: %w", name, ErrUnknown)
	}
	tick, err := s.o.Ledger.Moment(ctx)
	if err != nil {
		return "", fmt.Errorf("start %s: %w", name, err)
	}
	s.mu.Lock()
	e := s.entries[name]
	if e == nil { // a reload came in between
		s.mu.Unlock()
		return "", fmt.Errorf("start %s: %w", name, ErrUnknown)
	}
	due := dueAt(e.job, tick, why, s.file.Hash)
	due.Delay = 0
	s.mu.Unlock()
	if _, err := s.o.Ledger.Enqueue(ctx, []store.Due{due}); err != nil {
		return "", fmt.Errorf("start %s: %w", name, err)
	}
	return store.RunID(name, tick), nil
}

// Fill sets how a store works on the jobs of the file in force: which it
// knows, their overlap rule, retries and timeout.
func (s *Scheduler) Fill(o *store.WorkOptions) {
	o.Known = func(job string) bool { return s.Job(job) != nil }
	o.Overlap = func(job string) store.Overlap {
		if j := s.Job(job); j != nil {
			return store.Overlap(j.Overlap)
		}
		return store.OverlapSkip
	}
	o.Retry = func(f store.Failing, now time.Time) (time.Duration, bool) {
		if j := s.Job(f.Job); j != nil {
			return Again(j, f, now)
		}
		return 0, false
	}
	o.Over = func(f store.Failing, now time.Time) bool {
		j := s.Job(f.Job)
		return j != nil && Over(j, f, now)
	}
	o.Timeout = func(job string) time.Duration {
		if j := s.Job(job); j != nil {
			return j.Timeout
		}
		return 0
	}
}
