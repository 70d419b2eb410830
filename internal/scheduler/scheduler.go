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
	// Arm notes what jobs follow, and tells up to when their ticks are recorded.
	Arm func(ctx context.Context, armed []store.Armed) (map[string]time.Time, error)
	// Enqueue writes due ticks, Record those that will not run. Both leave ticks
	// alone that the ledger has, and say which ones were new.
	Enqueue func(ctx context.Context, due []store.Due) ([]bool, error)
	Record  func(ctx context.Context, ends []store.End) ([]bool, error)
}

// LedgerOf gives a store as the scheduler's ledger.
func LedgerOf(s *store.Store) Ledger {
	return Ledger{Arm: s.Arm, Enqueue: s.Enqueue, Record: s.Record}
}

// Options say what a scheduler works with.
type Options struct {
	Ledger Ledger
	Log    zerolog.Logger
	// Missed gives what is owed for a job's missed ticks, in order: one call
	// for all that were found together. Nil: nothing.
	Missed func(job *jobs.Job, ticks []time.Time) []store.NewDelivery
}

const (
	// longestSleep bounds how late a change of the wall clock is noticed.
	longestSleep = 30 * time.Second
	// late is from when on a tick was missed: what is found within it is due.
	late = 10 * time.Second
	// While the ledger doesn't answer it is asked again after a second, then
	// after longer pauses up to ten.
	firstPause   = time.Second
	longestPause = 10 * time.Second
	// batchTicks is how many ticks go to the ledger at a time: its writer must
	// stay free for the runs that have begun.
	batchTicks = 1000
)

// Scheduler arms the jobs of a job file. It is safe for use by several
// goroutines.
type Scheduler struct {
	o       Options
	now     func() time.Time // the wall clock; tests make it jump
	changed chan struct{}    // Apply was called

	mu      sync.Mutex
	file    *jobs.File
	entries map[string]*entry
	due     dueHeap                // entries that are armed and have a next tick
	pending map[string]store.Armed // what the ledger was not told yet
	looped  time.Time
	waking  time.Time     // the latest wall time that the loop has seen
	pause   time.Duration // before the ledger is asked again; 0: it answers
}

// New gives a scheduler without jobs.
func New(o Options) *Scheduler {
	return &Scheduler{
		o: o, now: time.Now, changed: make(chan struct{}, 1), file: &jobs.File{},
		entries: map[string]*entry{}, pending: map[string]store.Armed{},
	}
}

// Run sees to ticks until ctx ends. What comes due after that counts as missed
// at the next start.
func (s *Scheduler) Run(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.changed:
		case <-timer.C:
		}
		timer.Reset(s.step(ctx))
	}
}

// step does what has come due and says how long to sleep.
func (s *Scheduler) step(ctx context.Context) time.Duration {
	s.lookAtClock()
	err := s.arm(ctx)
	if err == nil {
		err = s.tick(ctx)
	}
	if ctx.Err() != nil {
		return longestSleep
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.report(err)
	if err != nil {
		return s.pause
	}
	now := s.wall()
	s.looped = now
	if len(s.due) == 0 {
		return longestSleep
	}
	return max(0, min(s.due[0].next.Sub(now), longestSleep))
}

// report logs when the ledger goes and when it comes back, not each try.
func (s *Scheduler) report(err error) {
	switch {
	case err == nil && s.pause > 0:
		s.o.Log.Info().Msg("the ledger answers again")
		s.pause = 0
	case err != nil && s.pause == 0:
		s.o.Log.Error().Err(err).Msg("ticks wait for the ledger")
		s.pause = firstPause
	case err != nil:
		s.pause = min(2*s.pause, longestPause)
	}
}

// wall reads the wall clock without the monotonic one, which stands still
// while a machine sleeps and knows nothing of clocks being set.
func (s *Scheduler) wall() time.Time { return s.now().UTC().Round(0) }

// lookAtClock notices a clock that was set back. Jobs then wait for their next
// tick after the new time; the ledger knows those that it has had already.
func (s *Scheduler) lookAtClock() {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.wall()
	if back := s.waking.Sub(now); back > time.Second {
		s.o.Log.Warn().Dur("by", back).Msg("the clock was set back")
		for _, e := range s.due {
			e.next = e.job.Schedule.Next(now)
		}
		s.due.init()
	}
	s.waking = now
}

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
	if e.next.IsZero() { // not armed yet
		return e.job.Schedule.Next(s.wall())
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
	s.mu.Lock()
	e := s.entries[name]
	if e == nil {
		s.mu.Unlock()
		return "", fmt.Errorf("start %s: %w", name, ErrUnknown)
	}
	tick := s.wall()
	due := e.dueAt(tick, why, s.file.Hash)
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
	o.Retry = func(job string, failures int) (time.Duration, bool) {
		if j := s.Job(job); j != nil {
			return store.Retries(j.Retries)(failures)
		}
		return 0, false
	}
	o.Timeout = func(job string) time.Duration {
		if j := s.Job(job); j != nil {
			return j.Timeout
		}
		return 0
	}
}
