// Package slots counts what a process may run at once: a slot is taken before a
// run begins, and given back when it has ended. It knows no run by its name, and
// waits for nothing but a slot.
package slots

import (
	"sync"
	"time"
)

// Slots count what this process may run at once, in all and for each server
// (each server has a queue of its own, so that a slow one can't stand in the
// way of others). A little more than the free slots is fetched when runs were
// short lately: else the round trip to the database would bound their rate.
type Slots struct {
	mu        sync.Mutex
	parallel  int
	perServer int
	running   int
	queues    map[string]*slotQueue
	waiting   []*slotWaiter // in order of arrival
}

type slotQueue struct {
	held    int // fetched and not done
	running int
	hungry  bool // the database may have more for us
	rate    rate // of runs that ended
}

type slotWaiter struct {
	queue string
	ready chan struct{}
}

// maxAhead bounds what is fetched beyond the free slots.
const maxAhead = 500

// New gives slots that are configured before they are used.
func New() *Slots { return &Slots{queues: map[string]*slotQueue{}} }

// Configure says how many there are, and how many for each server.
func (s *Slots) Configure(parallel, perServer int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.parallel, s.perServer = parallel, perServer
	if perServer <= 0 || perServer > parallel {
		s.perServer = parallel
	}
}

func (s *Slots) queue(name string) *slotQueue {
	q := s.queues[name]
	if q == nil {
		q = &slotQueue{}
		s.queues[name] = q
	}
	return q
}

// Reserve says how many runs may be fetched now, and holds slots for them.
// What a queue holds beyond its server's limit can't run beside the rest, so
// it takes nothing from other queues.
func (s *Slots) Reserve(name string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	q := s.queue(name)
	ahead := min(q.rate.lately(time.Now()), maxAhead)
	others := 0
	for _, other := range s.queues {
		if other != q {
			others += min(other.held, s.perServer)
		}
	}
	n := max(0, min(s.parallel-others, s.perServer)+ahead-q.held)
	if others >= s.parallel {
		n = 0
	}
	q.held += n
	q.hungry = q.hungry || n == 0
	return n
}

// Settle gives back what was reserved and not started. A full fetch means that
// there may be more.
func (s *Slots) Settle(name string, reserved, fetched, started int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q := s.queue(name)
	q.held -= reserved - started
	q.hungry = fetched == reserved
}

// Enter waits for a slot to run in, until giveUp ends. It reports whether
// there is one; without one the run should be given back.
func (s *Slots) Enter(name string, giveUp <-chan struct{}) bool {
	s.mu.Lock()
	if s.fits(name) {
		s.occupy(name)
		s.mu.Unlock()
		return true
	}
	w := &slotWaiter{name, make(chan struct{})}
	s.waiting = append(s.waiting, w)
	s.mu.Unlock()
	select {
	case <-w.ready:
		return true
	case <-giveUp:
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, other := range s.waiting {
		if other == w {
			s.waiting = append(s.waiting[:i], s.waiting[i+1:]...)
			return false
		}
	}
	return true // it became ready just now
}

func (s *Slots) fits(name string) bool {
	return s.running < s.parallel && s.queue(name).running < s.perServer
}

func (s *Slots) occupy(name string) {
	s.running++
	s.queue(name).running++
}

// Leave frees a run's slot and gives the queues to fetch from again: those of
// which few runs are left that wait here. ran is false for a run that never got
// to run.
func (s *Slots) Leave(name string, ran bool) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	q := s.queue(name)
	q.held--
	if ran {
		q.running--
		s.running--
		q.rate.add(time.Now())
	}
	for i := 0; i < len(s.waiting); i++ {
		if w := s.waiting[i]; s.fits(w.queue) {
			s.occupy(w.queue)
			close(w.ready)
			s.waiting = append(s.waiting[:i], s.waiting[i+1:]...)
			break // one slot was freed
		}
	}
	return s.hungry()
}

// Hungry gives the queues that may have more for us, and of which few are left
// that wait here.
func (s *Slots) Hungry() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.hungry()
}

func (s *Slots) hungry() []string {
	var names []string
	now := time.Now()
	for name, q := range s.queues {
		if q.hungry && (q.held < min(s.parallel, s.perServer) || q.low(now)) {
			names = append(names, name)
		}
	}
	return names
}

// low says that at most half of what is fetched ahead is left. A fetch costs
// little more for fifty runs than for one: each that ends must not cause one.
func (q *slotQueue) low(now time.Time) bool {
	return q.held-q.running <= min(q.rate.lately(now), maxAhead)/2
}

// rate counts events of the last 80 ms.
type rate struct {
	counts [8]int
	at     int64 // the newest count's number of 10 ms
}

func (r *rate) add(now time.Time) {
	r.advance(now)
	r.counts[r.at%8]++
}

func (r *rate) lately(now time.Time) int {
	r.advance(now)
	n := 0
	for _, c := range r.counts {
		n += c
	}
	return n
}

func (r *rate) advance(now time.Time) {
	at := now.UnixMilli() / 10
	for r.at = max(r.at, at-8); r.at < at; {
		r.at++
		r.counts[r.at%8] = 0
	}
}
