package store

import "sync"

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

// begin gives a delivery's try to the goroutine that sends it, and only once.
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
	one, known := s.tries[id]
	return known && one.claim == claim
}

func (s *sending) none() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.tries) == 0
}
