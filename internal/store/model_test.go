package store_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"speckle-runner/internal/store"
	"speckle-runner/internal/store/storetest"
)

// model knows the truth about some runs while two nodes claim, give back, end,
// lose and bury each other in a random order, and answers of the database get lost.
type model struct {
	t      *testing.T
	random *rand.Rand
	nodes  []*store.Store
	watch  []*store.Watched
	runs   []string
	owner  map[string]hold // of a run that is being worked on
	ended  map[string]store.State
	open   []hold // claims whose workers have not written their end
	late   []hold // ends whose answer was lost: they are written again
	seen   map[string]bool
	trace  []string
}

// hold is a claim in the hands of a worker.
type hold struct {
	node  int
	claim store.Claim
	end   store.PreparedEnd
	state store.State // that its run ends with; "" where it is scheduled again
}

func (h hold) String() string {
	return fmt.Sprintf("%s attempt %d claim %d of node %d", h.claim.Run, h.claim.Attempt, h.claim.Number(), h.node)
}

func (m *model) notef(format string, args ...any) {
	m.trace = append(m.trace, fmt.Sprintf(format, args...))
}

func (m *model) failf(format string, args ...any) {
	m.t.Helper()
	m.t.Fatalf("%s\n%s", fmt.Sprintf(format, args...), strings.Join(m.trace, "\n"))
}

func newModel(t *testing.T, dsn string, seed uint64) *model {
	m := &model{
		t: t, random: rand.New(rand.NewPCG(seed, 0)), owner: map[string]hold{}, ended: map[string]store.State{}, seen: map[string]bool{},
		trace: []string{fmt.Sprint("seed ", seed)},
	}
	for range 2 {
		s := open(t, dsn, store.Rest, func(o *store.Options) { o.MaxCrashes = 1000 })
		w := s.Watch()
		s.Attach(store.WorkOptions{Overlap: always(store.OverlapQueue), Retry: again(1000)})
		if err := s.Beat(t.Context()); err != nil {
			t.Fatal(err)
		}
		m.nodes, m.watch = append(m.nodes, s), append(m.watch, w)
	}
	return m
}

// enqueue makes ticks due, of the schedule and such as are caught up.
func (m *model) enqueue() {
	job := fmt.Sprint("job-", m.random.IntN(3))
	trigger := []store.Trigger{store.Schedule, store.CatchUp, store.CatchUp}[m.random.IntN(3)]
	var dues []store.Due
	for range 1 + m.random.IntN(3) {
		at := at(len(m.runs))
		dues = append(dues, store.Due{Job: job, Tick: at, Trigger: trigger})
		m.runs = append(m.runs, store.RunID(job, at))
	}
	i := m.random.IntN(2)
	m.notef("enqueue %d %s of %s", len(dues), trigger, job)
	if m.random.IntN(2) == 0 {
		m.atOnce(i, dues)
	}
	enqueue(m.t, m.nodes[i], dues...) // as the scheduler does that got no answer
}

// atOnce claims what it can of ticks in the transaction that writes them.
func (m *model) atOnce(i int, dues []store.Due) {
	if m.random.IntN(4) == 0 {
		m.watch[i].Lose.Store(1)
	}
	_, claims, err := m.nodes[i].EnqueueAtOnce(m.t.Context(), dues, 1+m.random.IntN(4))
	m.watch[i].Lose.Store(0)
	m.notef("at once on node %d: %d claims, %v", i, len(claims), err)
	m.adopt(i, claims)
}

// fetch claims some runs. Where the answer is lost, nobody works on them.
func (m *model) fetch(lose bool) {
	i := m.random.IntN(2)
	if lose {
		m.watch[i].Lose.Store(1)
	}
	claims, err := m.nodes[i].Fetch(m.t.Context(), 1+m.random.IntN(4))
	m.watch[i].Lose.Store(0)
	m.notef("fetch on node %d: %d claims, %v", i, len(claims), err)
	m.adopt(i, claims)
}

// adopt takes claims over, as workers do.
func (m *model) adopt(i int, claims []store.Claim) {
	for _, c := range claims {
		if owner, taken := m.owner[c.Run]; taken {
			m.failf("%s was claimed (%d) while %s has it", c.Run, c.Number(), owner)
		}
		name := fmt.Sprint(c.Run, c.Number())
		if m.ended[c.Run] != "" || m.seen[name] {
			m.failf("%s claim %d: the run has ended (%s), or the number came before", c.Run, c.Number(), m.ended[c.Run])
		}
		m.seen[name] = true
		h := hold{node: i, claim: c}
		m.owner[c.Run] = h
		m.open = append(m.open, h)
	}
}

// end lets a worker write its end, perhaps long after its run was taken away.
func (m *model) end(lose bool) {
	if len(m.open) == 0 {
		return
	}
	i := m.random.IntN(len(m.open))
	h := m.open[i]
	m.open = slices.Delete(m.open, i, i+1)
	s := m.nodes[h.node]
	switch m.random.IntN(4) {
	case 0:
		h.end = store.GivingBack(h.claim)
	case 1:
		h.end = s.Ending(h.claim, store.Outcome{State: store.Failed})
	case 2:
		h.state, h.end = store.Failed, s.Ending(h.claim, store.Outcome{State: store.Failed, Final: true})
	default:
		h.state, h.end = store.Succeeded, s.Ending(h.claim, store.Outcome{State: store.Succeeded})
	}
	if lose {
		m.watch[h.node].Lose.Store(1)
	}
	err := h.end.Write(s)
	lost := lose && m.watch[h.node].Lose.Swap(0) == 0
	owns := m.owner[h.claim.Run].claim.Number() == h.claim.Number()
	m.notef("end (%s) of %s, owner %v, answer lost %v: %v", h.state, h, owns, lost, err)
	if owns {
		m.settle(h)
	}
	switch {
	case lost:
		if err == nil {
			m.failf("an end is taken for written though its answer was lost")
		}
		m.late = append(m.late, h)
	case owns && err != nil, !owns && !errors.Is(err, store.ErrFenced):
		m.failf("the end of %s, owner %v: %v", h, owns, err)
	}
}

func (m *model) settle(h hold) {
	delete(m.owner, h.claim.Run)
	if h.state != "" {
		m.ended[h.claim.Run] = h.state
	}
}

// again writes an end whose answer was lost: it changes nothing any more.
func (m *model) again() {
	if len(m.late) == 0 {
		return
	}
	h := m.late[0]
	m.late = m.late[1:]
	err := h.end.Write(m.nodes[h.node])
	m.notef("again: end (%s) of %s: %v", h.state, h, err)
	if err != nil && !errors.Is(err, store.ErrFenced) {
		m.failf("%v", err)
	}
}

// bury takes a node for dead, which it learns with its next beat. Its workers
// may go on for long.
func (m *model) bury() {
	i := m.random.IntN(2)
	m.notef("bury node %d", i)
	loseLease(m.t, m.nodes[i], m.nodes[1-i])
	for run, h := range m.owner {
		if h.node == i {
			delete(m.owner, run)
		}
	}
}

// beat lets both nodes look for what is theirs and nobody works on.
func (m *model) beat() {
	m.notef("beat")
	for range 4 {
		for _, s := range m.nodes {
			if err := s.Beat(m.t.Context()); err != nil {
				m.failf("beat: %v", err)
			}
		}
	}
}

// check compares the ledger with the truth.
func (m *model) check() {
	for run, state := range m.ended {
		if got := getRun(m.t, m.nodes[0], run); got.State != state {
			m.failf("%s is %s, want %s", run, got.State, state)
		}
	}
	for run, h := range m.owner {
		if got := getRun(m.t, m.nodes[0], run); got.State != store.Running || got.Node != m.nodes[h.node].Node() ||
			got.Attempt != h.claim.Attempt {
			m.failf("%+v isn't %s's", got, h)
		}
	}
}

// drain lets everything come to its end.
func (m *model) drain() {
	m.notef("drain")
	left := func() int {
		n, err := m.nodes[0].Count(m.t.Context(), "SELECT count(*) FROM runs WHERE state IN ('scheduled', 'running')")
		if err != nil {
			m.failf("%v", err)
		}
		return n
	}
	for round := 0; left() > 0; round++ {
		if round > 20+4*len(m.runs) {
			m.failf("%d runs don't end", left())
		}
		for len(m.late) > 0 {
			m.again()
		}
		for len(m.open) > 0 {
			h := m.open[0]
			m.open = m.open[1:]
			h.state, h.end = store.Succeeded, m.nodes[h.node].Ending(h.claim, store.Outcome{State: store.Succeeded})
			err := h.end.Write(m.nodes[h.node])
			owns := m.owner[h.claim.Run].claim.Number() == h.claim.Number()
			m.notef("end of %s, owner %v: %v", h, owns, err)
			if owns != (err == nil) {
				m.failf("the end of %s, owner %v: %v", h, owns, err)
			}
			if owns {
				m.settle(h)
			}
		}
		if round%4 == 3 {
			m.beat()
		}
		m.fetch(false)
	}
	m.check()
	for _, run := range m.runs {
		if got := getRun(m.t, m.nodes[0], run); m.ended[run] == "" && got.State != store.Skipped {
			m.failf("%+v has an end that nobody wrote", got)
		}
	}
}

// In whatever order nodes claim, give back, end, die and are cut off: a run has
// one owner at a time, its end is its owner's, and every run ends.
func TestWhateverTheOrderEveryRunEndsOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		seed := rand.Uint64()
		m := newModel(t, dsn, seed)
		for range 250 {
			switch m.random.IntN(12) {
			case 0, 1:
				m.enqueue()
			case 2, 3, 4:
				m.fetch(m.random.IntN(4) == 0)
			case 5, 6, 7, 8:
				m.end(m.random.IntN(4) == 0)
			case 9:
				m.again()
			case 10:
				m.bury()
			case 11:
				m.beat()
			}
			m.check()
		}
		m.drain()
	})
}
