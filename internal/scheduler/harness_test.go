package scheduler_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/jobs/choices"
	"speckle-runner/internal/jobs/schedule"
	"speckle-runner/internal/scheduler"
	"speckle-runner/internal/store"
)

// memory is a ledger without a database, with the promises of the real one.
type memory struct {
	mu     sync.Mutex
	clock  func() time.Time // of the database; nil: that of the first node
	armed  map[string]store.Armed
	rows   map[string]row // by run id
	calls  int
	looks  int // at the clock
	looked time.Time
	newest time.Time
	order  []string // the jobs of new rows, as they came
	down   bool     // nothing is answered
	broken bool     // Enqueue is not answered: the process "dies" before it
}

type row struct {
	job     string
	tick    time.Time
	state   store.State // scheduled or missed
	trigger store.Trigger
	reason  string
	at      time.Time // of the write
	looked  time.Time // at the clock, before that
	delay   time.Duration
	follows string
	file    string // the hash of the job file that it came from
	owed    int
}

func newMemory() *memory {
	return &memory{armed: map[string]store.Armed{}, rows: map[string]row{}}
}

var errDown = errors.New("no database")

func (m *memory) ledger() scheduler.Ledger {
	return scheduler.Ledger{Clock: m.now, Moment: m.moment, Arm: m.arm, Enqueue: m.enqueue, Record: m.record}
}

func (m *memory) begin() error {
	m.calls++
	if m.down {
		return errDown
	}
	return nil
}

func (m *memory) now(context.Context) (store.Clock, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.looks++
	m.looked = m.clock()
	if m.down {
		return store.Clock{}, errDown
	}
	return store.Clock{Now: m.clock().UTC().Round(0), Newest: m.newest}, nil
}

func (m *memory) moment(ctx context.Context) (time.Time, error) {
	c, err := m.now(ctx)
	return c.Now, err
}

// ahead refuses a tick that the database's clock has not reached.
func (m *memory) ahead(job string, tick time.Time) error {
	if now := m.clock(); tick.After(now) {
		return &store.AheadError{Run: store.RunID(job, tick), Tick: tick, Now: now}
	}
	return nil
}

func (m *memory) arm(_ context.Context, armed []store.Armed) (map[string]store.Standing, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.begin(); err != nil {
		return nil, err
	}
	recorded := map[string]store.Standing{}
	for _, a := range armed {
		old, known := m.armed[a.Job]
		if known && old.Schedule != a.Schedule && old.Schedule != "" && !a.Settled {
			recorded[a.Job] = store.Standing{Upto: m.upto(old), Unsettled: old.Schedule}
			continue
		}
		if !known || old.Schedule != a.Schedule || a.Moved {
			m.armed[a.Job] = a
		}
		recorded[a.Job] = store.Standing{Upto: m.upto(m.armed[a.Job])}
	}
	return recorded, nil
}

func (m *memory) upto(a store.Armed) time.Time {
	upto := a.Since
	for _, r := range m.rows {
		if r.job == a.Job && r.follows == a.Schedule && r.tick.After(upto) && (r.trigger == store.Schedule || r.trigger == store.CatchUp) {
			upto = r.tick
		}
	}
	return upto
}

func (m *memory) enqueue(_ context.Context, due []store.Due) ([]bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.begin(); err != nil || m.broken {
		return nil, errDown
	}
	for _, d := range due {
		if err := m.ahead(d.Job, d.Tick); err != nil {
			return nil, err
		}
	}
	fresh := make([]bool, len(due))
	for i, d := range due {
		fresh[i] = m.add(row{job: d.Job, tick: d.Tick, state: store.Scheduled, trigger: d.Trigger, delay: d.Delay, follows: d.Schedule, file: d.Generation})
	}
	return fresh, nil
}

func (m *memory) record(_ context.Context, ends []store.End) ([]bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.begin(); err != nil {
		return nil, err
	}
	for _, e := range ends {
		if err := m.ahead(e.Job, e.Tick); err != nil {
			return nil, err
		}
	}
	fresh := make([]bool, len(ends))
	for i, e := range ends {
		fresh[i] = m.add(row{job: e.Job, tick: e.Tick, state: e.State, trigger: e.Trigger, reason: e.Reason, follows: e.Schedule, file: e.Generation, owed: len(e.Deliveries)})
	}
	return fresh, nil
}

func (m *memory) add(r row) bool {
	id := store.RunID(r.job, r.tick)
	r.at, r.looked = m.clock(), m.looked
	if old, known := m.rows[id]; known {
		intime := r.trigger == store.Schedule && r.follows == old.follows && r.file != old.file
		if old.state != store.Missed || r.state != store.Scheduled || !old.at.After(r.at) && !intime {
			return false
		}
	}
	m.rows[id], m.order = r, append(m.order, r.job)
	if r.tick.After(m.newest) {
		m.newest = r.tick
	}
	return true
}

// of gives a job's rows by tick.
func (m *memory) of(job string) []row {
	m.mu.Lock()
	defer m.mu.Unlock()
	var rows []row
	for _, r := range m.rows {
		if r.job == job {
			rows = append(rows, r)
		}
	}
	slices.SortFunc(rows, func(a, b row) int { return a.tick.Compare(b.tick) })
	return rows
}

func (m *memory) set(change func(*memory)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	change(m)
}

func (m *memory) called() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.calls
}

// asked counts looks at the clock, too.
func (m *memory) asked() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.calls + m.looks
}

// wallClock is a wall clock that can be set. A machine that slept has its
// steady clock go on, too.
type wallClock struct{ offset, slept atomic.Int64 }

func (c *wallClock) now() time.Time { return time.Now().Add(time.Duration(c.offset.Load())) }

func (c *wallClock) jump(by time.Duration) { c.offset.Add(int64(by)) }

func (c *wallClock) suspend(by time.Duration) {
	c.jump(by)
	c.slept.Add(int64(by))
}

// steady counts from when a bubble's time begins.
func (c *wallClock) steady() time.Duration {
	return time.Since(time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)) + time.Duration(c.slept.Load())
}

// node is a scheduler that runs until it is stopped.
type node struct {
	*scheduler.Scheduler
	stop func()
}

func start(t testing.TB, m *memory, clock *wallClock, file *jobs.File, options ...func(*scheduler.Options)) node {
	t.Helper()
	if m.clock == nil {
		m.clock = clock.now
	}
	o := scheduler.Options{Ledger: m.ledger(), Log: zerolog.Nop(), Missed: oneNotice}
	for _, change := range options {
		change(&o)
	}
	s := scheduler.New(o)
	s.SetClock(clock.now, clock.steady)
	s.Apply(file)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.Run(ctx)
	}()
	stop := sync.OnceFunc(func() {
		cancel()
		<-done
	})
	t.Cleanup(stop)
	return node{s, stop}
}

func oneNotice(*jobs.Job, time.Time, int) []store.NewDelivery { return make([]store.NewDelivery, 1) }

// job makes a job as a job file gives it, with the defaults of docs/job-file.md.
func job(name, spec string, change ...func(*jobs.Job)) *jobs.Job {
	return jobIn(name, time.UTC, spec, change...)
}

func jobIn(name string, zone *time.Location, spec string, change ...func(*jobs.Job)) *jobs.Job {
	parsed, err := schedule.Parse(spec)
	if err != nil {
		panic(err)
	}
	j := &jobs.Job{
		Name: name, Zone: zone, Schedule: schedule.NewSet(zone, parsed), Schedules: []string{spec},
		Overlap: choices.OverlapSkip, Missed: choices.MissedLast, MissedWindow: 24 * time.Hour, Retries: 2, RetryFor: time.Hour,
		Timeout: 30 * time.Minute,
	}
	for _, c := range change {
		c(j)
	}
	j.Hash = fmt.Sprint(j.Name, j.Schedule, j.Overlap, j.Missed, j.MissedWindow, j.Spread, j.Retries, j.RetryFor, j.Disabled, j.Manual)
	return j
}

func missed(policy choices.Missed, window time.Duration) func(*jobs.Job) {
	return func(j *jobs.Job) { j.Missed, j.MissedWindow = policy, window }
}

func file(all ...*jobs.Job) *jobs.File {
	f := &jobs.File{Jobs: all}
	for _, j := range all {
		f.Hash += j.Hash
	}
	return f
}

// sleep lets time pass in a bubble, and waits until nothing more happens.
func sleep(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// summary tells a job's rows in short: how many of its ticks were scheduled in
// time, caught up and missed.
func summary(rows []row) (due, caughtUp, missed int) {
	for _, r := range rows {
		switch {
		case r.state == store.Missed:
			missed++
		case r.trigger == store.CatchUp:
			caughtUp++
		default:
			due++
		}
	}
	return due, caughtUp, missed
}
