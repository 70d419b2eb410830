package fake

import (
	"context"
	"net"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/graph-gophers/graphql-go"
)

// Server answers as a Speckle server does. It is safe for use by several
// goroutines. Make one with [New], or one that listens with [Start].
type Server struct {
	// URL is the origin it listens on; empty for one that doesn't.
	URL string

	world     *world
	schema    *graphql.Schema
	options   Options
	tokens    tokens
	documents documents
	faults    faults
	limiter   limiter
	unbatched atomic.Bool
	log       requestLog
	bulk      *bulk
	house     house
	storage   storage
	memory    memory
	http      *http.Server
	served    sync.WaitGroup
	done      chan struct{} // closed by Close: lets go of those who hang
	close     sync.Once
}

// AddTokens makes further tokens known; one with the same id is replaced.
func (s *Server) AddTokens(list ...Token) { s.tokens.add(list...) }

// RevokeToken makes the token of this id unknown.
func (s *Server) RevokeToken(id string) { s.tokens.revoke(id) }

// SetFaults replaces all faults; without arguments, nothing goes wrong.
func (s *Server) SetFaults(list ...Fault) { s.faults.set(list) }

// TakeBatches says whether arrays of operations are taken, as they are from the
// start, or refused, as by a server that has them switched off.
func (s *Server) TakeBatches(take bool) { s.unbatched.Store(!take) }

// wait lets time pass, unless the request or the server ends before.
func (s *Server) wait(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	case <-s.done:
	}
}

// limit counts a request and answers it if it is one too many.
func (s *Server) limit(w http.ResponseWriter, r *http.Request, points int) bool {
	return s.limitTo(w, r, points, perSecond)
}

// limitTo is limit for routes of which fewer are allowed each second.
func (s *Server) limitTo(w http.ResponseWriter, r *http.Request, points, each int) bool {
	key := r.Header.Get("Authorization")
	if key == "" {
		key, _, _ = net.SplitHostPort(r.RemoteAddr)
	}
	if each != perSecond {
		key = "objects " + key
	}
	now := time.Now()
	left, reset, ok := s.limiter.allow(key, max(1, points), each, now)
	if ok {
		w.Header().Set("X-Ratelimit-Remaining", strconv.Itoa(left))
		return true
	}
	sendRateLimited(w, reset.Sub(now))
	return false
}

// SetStorageFaults replaces all faults of the storage.
func (s *Server) SetStorageFaults(list ...StorageFault) {
	s.storage.mu.Lock()
	defer s.storage.mu.Unlock()
	s.storage.faults = nil
	for _, f := range list {
		s.storage.faults = append(s.storage.faults, &armedStorage{StorageFault: f})
	}
}

// StorageRequests gives every request to the storage, in order.
func (s *Server) StorageRequests() []StorageSeen {
	s.storage.mu.Lock()
	defer s.storage.mu.Unlock()
	return slices.Clone(s.storage.log)
}

// Signatures are the secrets in the addresses that were given out.
func (s *Server) Signatures() []string {
	s.storage.mu.Lock()
	defer s.storage.mu.Unlock()
	var out []string
	for signature := range s.storage.signed {
		out = append(out, signature)
	}
	return out
}

// Storage is the storage as a handler, for a server that listens nowhere.
func (s *Server) Storage() http.Handler { return &s.storage }

// Requests gives every request since the start or the last Forget, in the
// order they arrived, entries of batches one by one; of very many, the newest.
func (s *Server) Requests() []Seen {
	s.log.mu.Lock()
	defer s.log.mu.Unlock()
	out := make([]Seen, len(s.log.list))
	for i, seen := range s.log.list {
		out[i] = *seen
	}
	return out
}

// Count is how many requests arrived since the start or the last Forget, a batch
// as one.
func (s *Server) Count() int {
	s.log.mu.Lock()
	defer s.log.mu.Unlock()
	return s.log.count
}

// Forget empties the log.
func (s *Server) Forget() {
	s.log.mu.Lock()
	defer s.log.mu.Unlock()
	s.log.list, s.log.count = nil, 0
}
