package batch

import (
	"context"
	"net/http"
)

// arrive waits with the first request until it is this seat's turn to read.
// False: it isn't the first one, or has to be sent singly.
func (s *Seat) arrive(request *http.Request, body []byte, next http.RoundTripper) (given, bool) {
	l := s.lane
	l.mu.Lock()
	if s.state != absent {
		l.mu.Unlock()
		return given{}, false
	}
	s.state, s.request, s.body, s.next = waiting, request, body, next
	l.settle()
	l.mu.Unlock()
	select {
	case got := <-s.given:
		return got, got.response != nil || got.err != nil
	case <-request.Context().Done():
		s.giveUp()
		return given{err: context.Cause(request.Context())}, true
	}
}

// Leave says that no first request will come any more. The others aren't kept
// waiting for it.
func (s *Seat) Leave() {
	s.lane.mu.Lock()
	defer s.lane.mu.Unlock()
	if s.state == absent {
		s.state = away
		s.lane.settle()
	}
}

// settle counts a seat that has arrived or left, and sends what the last one was
// waited for with. The lane is locked.
func (l *Lane) settle() {
	if l.absent--; l.absent > 0 {
		return
	}
	var together []*Seat
	for _, s := range l.seats {
		if s.state == waiting {
			together = append(together, s)
		}
	}
	if len(together) > 1 {
		for _, s := range together {
			s.shipped = true
		}
		go (&shipment{lane: l, seats: together}).run()
	} else if len(together) == 1 {
		together[0].state = away
		together[0].given <- given{}
	}
}
