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
	// Clock gives the database's time, Moment the tick of a run that is asked for now.
	Clock  func(ctx context.Context) (store.Clock, error)
	Moment func(ctx context.Context) (time.Time, error)
	// Arm notes which schedules jobs follow, and gives up to when their ticks are written.
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
	// Missed makes the notices about a job's missed ticks: one call for all that were
	// found together, with the newest. Nil: there are none.
	Missed func(job *jobs.Job, newest time.Time, count int) []store.NewDelivery
	// NotBefore has certainly passed, such as the time when the program was built: a
	// clock that says less is wrong. Zero: not known.
	NotBefore time.Time
}

// Scheduler arms the jobs of a job file. It is safe for use by several
// goroutines.
type Scheduler struct {
	o       Options
	now     func() time.Time // the wall clock, only for what people are shown
	steady  func() time.Duration
	changed chan struct{} // Apply was called

	mu      sync.Mutex
	belief  belief
	file    *jobs.File
	entries map[string]*entry
	leaving map[string][]*entry // by job, in order: removed by a reload, with ticks to be written
	pending map[string]bool     // jobs with entries that aren't armed yet
	due     dueHeap             // armed entries that have a next tick
	owing   []*entry            // entries that were found too late for a tick
	held    time.Time           // since when nothing was written because the clock was in doubt
	looped  time.Time           // see Looped
	pause   time.Duration       // before the ledger is asked again; 0: it answers
}

// New gives a scheduler without jobs.
func New(o Options) *Scheduler {
	return &Scheduler{
		o: o, now: time.Now, steady: steadyClock(), changed: make(chan struct{}, 1), file: &jobs.File{},
		entries: map[string]*entry{}, leaving: map[string][]*entry{}, pending: map[string]bool{},
	}
}

// timeOf gives the believed time for a reading of the steady clock.
func (s *Scheduler) timeOf(steady time.Duration) time.Time { return s.belief.now(steady) }

// wall reads the wall clock, without Go's monotonic reading, which stands still while a
// machine sleeps.
func (s *Scheduler) wall() time.Time { return s.now().UTC().Round(0) }

// Looped is when the loop last went round and the ledger answered, which is every 30 s
// at least.
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

// File gives the job file in force. A *jobs.File never changes: Apply replaces it.
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

// Start queues a run of a job, with this moment as its tick, and gives the run's id. The
// job's overlap rule decides what becomes of it.
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

// Fill sets the options that come from the jobs of the file in force: what it says, which jobs
// are known, their overlap rule and retries.
func (s *Scheduler) Fill(o *store.WorkOptions) {
	o.JobFile = func() string { return s.File().Hash }
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
}
