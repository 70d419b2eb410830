package store

import (
	"sync"
	"time"
)

// try is one try of a delivery that this process has claimed.
type try struct {
	claim   int64
	attempt int
	target  string
	begun   time.Time // zero: not yet
}

// sending holds the deliveries that this process has claimed and not ended, and which
// receivers answered late last.
type sending struct {
	mu       sync.Mutex
	tries    map[string]try
	answered map[string]bool // late
}

func (s *sending) add(id string, one try) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tries[id] = one
}

// begin gives a delivery's try to the goroutine that sends it, and only once.
func (s *sending) begin(id string) (one try, ours bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	one, ours = s.tries[id]
	if !ours || !one.begun.IsZero() {
		return try{}, false
	}
	one.begun = time.Now()
	s.tries[id] = one
	return one, true
}

// ended notes whether a receiver answered late.
func (s *sending) ended(target string, late bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if late {
		s.answered[target] = true
	} else {
		delete(s.answered, target)
	}
}

// late gives the receivers that answered late last, or haven't answered a try that began
// before a time, and how many messages are on their way to each.
func (s *sending) late(before time.Time) map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	underWay, late := map[string]int{}, map[string]int{}
	for _, one := range s.tries {
		underWay[one.target]++
		if !one.begun.IsZero() && one.begun.Before(before) {
			late[one.target] = 0
		}
	}
	for target := range s.answered {
		late[target] = 0
	}
	for target := range late {
		late[target] = underWay[target]
	}
	return late
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
	one, known := s.tries[id]
	return known && one.claim == claim
}

func (s *sending) none() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.tries) == 0
}
