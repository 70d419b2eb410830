package scheduler

import (
	"context"
	"errors"
	"fmt"
	"slices"
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

const (
	// longestSleep bounds how late a change of the clock is noticed.
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
	wait, err := s.look(ctx)
	if err == nil && !wait {
		err = s.write(ctx)
	}
	if ctx.Err() != nil {
		return longestSleep
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if ahead, set := errors.AsType[*store.AheadError](err); set {
		s.o.Log.Warn().Str("run", ahead.Run).Time("tick", ahead.Tick).Time("clock", ahead.Now).Msg("the database's clock was set back")
		return relook
	}
	s.report(err)
	if err != nil {
		return s.pause
	}
	s.looped = s.wall()
	switch {
	case wait:
		return relook
	case len(s.due) == 0:
		return longestSleep
	}
	return max(0, min(s.due[0].next.Sub(s.timeOf(s.steady())), longestSleep))
}

// look asks what time it is. wait says that the answer is in doubt.
func (s *Scheduler) look(ctx context.Context) (wait bool, err error) {
	asked := s.steady()
	c, err := s.o.Ledger.Clock(ctx)
	if err != nil {
		return false, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	steady := s.steady()
	o := s.belief.look(c, steady, steady-asked, s.o.NotBefore)
	if o.news != "" {
		s.o.Log.Warn().Time("clock", c.Now).Msg(o.news)
	}
	if !o.held.IsZero() {
		s.held = o.held
	}
	if o.jumped != 0 {
		s.jumped(o.jumped, o.was)
	}
	return o.wait, o.err
}

// jumped sets the entries' next ticks after the clock was set. Set back, jobs
// wait for their next tick after the new time: the ledger knows those that it
// has had already. Set forward, what has passed was missed, but for jobs that
// began by the wrong clock and have had no tick yet.
func (s *Scheduler) jumped(by time.Duration, was time.Time) {
	now := s.timeOf(s.steady())
	all := append(slices.Clone(s.due), s.owing...)
	s.due, s.owing = nil, nil
	for _, e := range all {
		e.at, e.owed = -1, nil
		switch {
		case e.leaving:
			s.await(e, e.next)
		case by < 0:
			if was.After(e.floor) {
				e.floor = was
			}
			s.await(e, e.job.Schedule.Next(now))
		case e.fresh:
			e.armed, e.moved = false, true
			s.pending[e.job.Name] = true
		default:
			s.await(e, e.next)
		}
	}
}

// write sees to what has come. Jobs whose earlier ticks are written by then are
// armed after that.
func (s *Scheduler) write(ctx context.Context) error {
	for ctx.Err() == nil {
		if err := s.arm(ctx); err != nil {
			return err
		}
		if err := s.tick(ctx); err != nil {
			return err
		}
		if heads, _ := s.unarmed(); len(heads) == 0 {
			s.mu.Lock()
			s.held = time.Time{}
			s.mu.Unlock()
			return nil
		}
	}
	return nil
}

// report logs when ticks have to wait and when that ends, not each try.
func (s *Scheduler) report(err error) {
	switch {
	case err == nil && s.pause > 0:
		s.o.Log.Info().Msg("ticks are seen to again")
		s.pause = 0
	case err != nil && s.pause == 0:
		s.o.Log.Error().Err(err).Msg("ticks wait")
		s.pause = firstPause
	case err != nil:
		s.pause = min(2*s.pause, longestPause)
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
