package batch

import (
	"context"
	"net/http"
	"sync"
)

// Lane is some readers whose first requests go together.
type Lane struct {
	group *Group
	ctx   context.Context // of what is sent for several readers
	turn  chan struct{}   // held by the request that is under way

	over chan struct{} // closed behind the answer to several

	mu     sync.Mutex
	seats  []*Seat
	absent int  // that have neither arrived nor left
	doubt  bool // that answer had more or fewer entries than were asked for
}

// Lane makes one with so many seats. Its context ends what is sent for several.
func (g *Group) Lane(ctx context.Context, seats int) *Lane {
	l := &Lane{group: g, ctx: ctx, turn: make(chan struct{}, 1), over: make(chan struct{}), absent: seats}
	for range seats {
		l.seats = append(l.seats, &Seat{lane: l, given: make(chan given, 1)})
	}
	return l
}

// Seat gives one by its number, from 0. Entries are read in their order.
func (l *Lane) Seat(number int) *Seat { return l.seats[number] }

// Seat is one reader's place. Every one is to be left in the end.
type Seat struct {
	lane  *Lane
	given chan given // what becomes of the first request, once

	// Guarded by the lane's mutex.
	state   state
	request *http.Request // the first one
	body    []byte
	next    http.RoundTripper // the way that it takes
	shipped bool              // with others
}

type state int

const (
	absent state = iota
	waiting
	away // left, or given what it waited for
)

// given is what a seat gets: an answer, an error, or neither, when it has to ask
// by itself.
type given struct {
	response *http.Response
	err      error
}

type seatKey struct{}

// In gives a context whose requests take this seat.
func (s *Seat) In(ctx context.Context) context.Context {
	return context.WithValue(ctx, seatKey{}, s)
}

// Doubtful reports whether what the first request of a context's seat was
// answered may be another's: an answer of more or fewer entries than were asked
// for doesn't say which is whose. It waits for the end of that answer.
func Doubtful(ctx context.Context) bool {
	s, seated := ctx.Value(seatKey{}).(*Seat)
	if !seated {
		return false
	}
	l := s.lane
	l.mu.Lock()
	shipped := s.shipped
	l.mu.Unlock()
	if !shipped {
		return false
	}
	select {
	case <-l.over:
		l.mu.Lock()
		defer l.mu.Unlock()
		return l.doubt
	case <-ctx.Done():
		return false
	}
}

// give hands a seat what it waits for, unless it has given up.
func (s *Seat) give(what given) bool {
	s.lane.mu.Lock()
	defer s.lane.mu.Unlock()
	if s.state != waiting {
		return false
	}
	s.state = away
	s.given <- what
	return true
}

// giveUp ends the wait of a seat whose reader has no more time.
func (s *Seat) giveUp() {
	s.lane.mu.Lock()
	defer s.lane.mu.Unlock()
	s.state = away
	select {
	case got := <-s.given:
		if got.response != nil {
			_ = got.response.Body.Close() // nobody reads it
		}
	default:
	}
}
