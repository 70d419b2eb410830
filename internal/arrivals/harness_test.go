package arrivals_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"speckle-runner/internal/arrivals"
	"speckle-runner/internal/jobs"
	"speckle-runner/internal/speckle/version"
	"speckle-runner/internal/store"
)

// memory is a ledger without a database, with the promises of the real one.
type memory struct {
	mu     sync.Mutex
	marks  map[string]*mark
	ticks  map[string]time.Time // by job and version
	taken  map[string]bool      // by job and tick
	rows   map[string]row       // by job and version
	order  []string             // of new rows: job, version and state
	told   []string
	breaks map[string]int // calls by name that are not answered: the process "dies" there
}

type mark struct {
	store.VersionMark

	place          string
	begun, failing time.Time
}

type row struct {
	state  store.State
	reason string
	owed   int
}

func newMemory() *memory {
	return &memory{marks: map[string]*mark{}, ticks: map[string]time.Time{}, taken: map[string]bool{}, rows: map[string]row{},
		breaks: map[string]int{}}
}

var errDown = errors.New("no database")

// broken takes one of the breaks of a call. It holds the lock.
func (m *memory) broken(call string) error {
	if m.breaks[call] == 0 {
		return nil
	}
	m.breaks[call]--
	return errDown
}

func (m *memory) ledger() arrivals.Ledger {
	return arrivals.Ledger{
		Clock: m.clock, TakeLook: m.takeLook, EndLook: m.endLook, FailLook: m.failLook, TellLook: m.tellLook,
		VersionTicks: m.versionTicks, Enqueue: m.enqueue, Record: m.record,
	}
}

func (m *memory) clock(context.Context) (store.Clock, error) {
	return store.Clock{Now: time.Now()}, nil
}

func (m *memory) takeLook(_ context.Context, job, place string, every time.Duration) (store.VersionMark, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.broken("take"); err != nil {
		return store.VersionMark{}, false, err
	}
	one := m.marks[job]
	switch {
	case one == nil || one.place != place:
		one = &mark{place: place, VersionMark: store.VersionMark{Upto: time.Unix(0, 0)}}
		m.marks[job] = one
	case time.Since(one.begun) < every:
		return store.VersionMark{}, false, nil
	}
	one.begun = time.Now()
	return one.VersionMark, true, nil
}

func (m *memory) endLook(_ context.Context, job, place string, upto time.Time, ids []string, recovery []store.NewDelivery) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.broken("end"); err != nil {
		return err
	}
	one := m.marks[job]
	if one.place != place {
		return nil
	}
	if !one.Told.IsZero() {
		m.told = append(m.told, fmt.Sprint(job, " works again: ", len(recovery)))
	}
	one.Looked, one.failing, one.Told = one.begun, time.Time{}, time.Time{}
	if upto.After(one.Upto) || upto.Equal(one.Upto) && len(ids) > len(one.IDs) {
		one.Upto, one.IDs = upto, ids
	}
	return nil
}

func (m *memory) failLook(_ context.Context, job, _ string, patience time.Duration) (time.Time, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	one := m.marks[job]
	if one.failing.IsZero() {
		one.failing = one.begun
	}
	if time.Since(one.failing) < patience || !one.Told.IsZero() {
		return time.Time{}, nil
	}
	return one.failing, nil
}

func (m *memory) tellLook(_ context.Context, _ string, end store.End) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.marks[end.Job].Told = end.Tick
	m.told = append(m.told, fmt.Sprintf("%s %s: %s (%d)", end.Job, end.State, end.Reason, len(end.Deliveries)))
	return true, nil
}

func (m *memory) versionTicks(_ context.Context, job string, versions []store.Version) ([]time.Time, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	ticks := make([]time.Time, len(versions))
	for i, v := range versions {
		name := job + " " + v.ID
		if _, known := m.ticks[name]; !known {
			tick := v.Created
			for m.taken[job+" "+tick.String()] {
				tick = tick.Add(time.Microsecond)
			}
			m.ticks[name], m.taken[job+" "+tick.String()] = tick, true
		}
		ticks[i] = m.ticks[name]
	}
	return ticks, nil
}

// version gives the version that a job's tick is of.
func (m *memory) version(job string, tick time.Time) string {
	for name, at := range m.ticks {
		if id, of := strings.CutPrefix(name, job+" "); of && at.Equal(tick) {
			return id
		}
	}
	return "none"
}

func (m *memory) add(job string, tick time.Time, r row) (bool, error) {
	if now := time.Now(); tick.After(now) {
		return false, &store.AheadError{Run: store.RunID(job, tick), Tick: tick, Now: now}
	}
	name := job + " " + m.version(job, tick)
	if _, known := m.rows[name]; known {
		return false, nil
	}
	m.rows[name] = r
	m.order = append(m.order, name+" "+string(r.state))
	return true, nil
}

func (m *memory) enqueue(_ context.Context, due []store.Due) (fresh []bool, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.broken("enqueue"); err != nil {
		return nil, err
	}
	for _, d := range due {
		state := store.Scheduled
		if d.Overtakes {
			state = "overtaking"
		}
		one, err := m.add(d.Job, d.Tick, row{state: state})
		if err != nil {
			return nil, err
		}
		fresh = append(fresh, one)
	}
	return fresh, nil
}

func (m *memory) record(_ context.Context, ends []store.End) (fresh []bool, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, e := range ends {
		one, err := m.add(e.Job, e.Tick, row{e.State, e.Reason, len(e.Deliveries)})
		if err != nil {
			return nil, err
		}
		fresh = append(fresh, one)
	}
	return fresh, m.broken("record")
}

// rowsOf gives what became of a job's versions since the last time, in order.
func (m *memory) rowsOf() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	rows := strings.Join(m.order, ", ")
	m.order = nil
	return rows
}

// row gives what became of a job's version.
func (m *memory) row(name string) row {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.rows[name]
}

// backup gives a job's mark as it is, and the ticks.
func (m *memory) backup(job string) (mark, map[string]time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return *m.marks[job], maps.Clone(m.ticks)
}

// tellings gives what people were told since the last time.
func (m *memory) tellings() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	told := strings.Join(m.told, ", ")
	m.told = nil
	return told
}

// server has the versions of one project, and answers as version.Since does.
type server struct {
	mu    sync.Mutex
	list  []version.New
	down  error
	asked int
	slow  time.Duration
}

func (s *server) publish(model string, ids ...string) {
	s.publishAt(time.Now(), model, ids...)
}

func (s *server) publishAt(at time.Time, model string, ids ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range ids {
		s.list = append(s.list, version.New{ID: id, Model: model, Created: at.UTC()})
	}
}

func (s *server) ask(ctx context.Context, _ *jobs.Job, since time.Time) ([]version.New, error) {
	s.mu.Lock()
	slow := s.slow
	s.mu.Unlock()
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-time.After(slow):
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked++
	if s.down != nil {
		return nil, s.down
	}
	found := slices.SortedFunc(slices.Values(s.list), func(a, b version.New) int { return b.Created.Compare(a.Created) })
	if since.IsZero() && len(found) > 0 {
		since = found[0].Created
	}
	return slices.DeleteFunc(found, func(v version.New) bool { return v.Created.Before(since) }), nil
}

func (s *server) fails(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.down = err
}

// asks gives how often it was asked since the last time.
func (s *server) asks() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := s.asked
	s.asked = 0
	return n
}

// file makes a job file of jobs that look; each is a line of keys below its name.
func file(t *testing.T, named ...string) *jobs.File {
	t.Helper()
	text := "server: https://app.speckle.systems\njobs:\n"
	for i := 0; i < len(named); i += 2 {
		text += "  " + named[i] + ": { token_env: T, query: '{ serverInfo { version } }', outputs: [{ file: '" + named[i] + ".csv' }], " +
			named[i+1] + " }\n"
	}
	f, problems := jobs.Load("jobs.yaml", []byte(text), nil)
	if f == nil {
		t.Fatal(problems.Error())
	}
	return f
}

// world is a ledger and a server, and nodes between them.
type world struct {
	*memory
	*server

	t     *testing.T
	looks map[string]int
	log   strings.Builder
}

func newWorld(t *testing.T) *world {
	return &world{memory: newMemory(), server: &server{}, t: t, looks: map[string]int{}}
}

func one() []store.NewDelivery { return make([]store.NewDelivery, 1) }

// node starts one; stop ends it and waits.
func (w *world) node(f *jobs.File) (a *arrivals.Arrivals, stop func()) {
	a = arrivals.New(arrivals.Options{
		Ledger: w.ledger(), Log: zerolog.New(&locked{w: w}), Ask: w.ask,
		Looked: func(job string, good bool) {
			w.memory.mu.Lock()
			defer w.memory.mu.Unlock()
			w.looks[fmt.Sprint(job, " ", good)]++
		},
		Notices: arrivals.Notices{
			Missed:    func(*jobs.Job, store.End, int) []store.NewDelivery { return one() },
			Skipped:   func(store.End) []store.NewDelivery { return one() },
			Failing:   func(*jobs.Job, time.Time, string) []store.NewDelivery { return one() },
			Recovered: func(*jobs.Job, time.Time) []store.NewDelivery { return one() },
		},
	})
	a.Apply(f)
	ctx, cancel := context.WithCancel(w.t.Context())
	done := make(chan struct{})
	go func() { defer close(done); a.Run(ctx) }()
	stop = sync.OnceFunc(func() { cancel(); <-done })
	w.t.Cleanup(stop)
	return a, stop
}

// locked keeps the log of several goroutines apart.
type locked struct{ w *world }

func (l *locked) Write(line []byte) (int, error) {
	l.w.memory.mu.Lock()
	defer l.w.memory.mu.Unlock()
	return l.w.log.Write(line)
}

// count gives how many looks of a job went so.
func (w *world) count(job string, good bool) int {
	w.memory.mu.Lock()
	defer w.memory.mu.Unlock()
	return w.looks[fmt.Sprint(job, " ", good)]
}

// logged counts what was logged with a text since the last time.
func (w *world) logged(text string) int {
	w.memory.mu.Lock()
	defer w.memory.mu.Unlock()
	n := strings.Count(w.log.String(), text)
	w.log.Reset()
	return n
}

// expect holds what became of versions against what should have.
func (w *world) expect(want string) {
	w.t.Helper()
	if got := w.rowsOf(); got != want {
		w.t.Errorf("%q, want %q", got, want)
	}
}
