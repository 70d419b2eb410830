package batch

import (
	"sync"
	"time"
)

// wanted is how large the answer to a batch should be at the most, by the size
// of those before it: a larger one costs no time that is worth a request, and
// more of the server's memory.
const wanted = 2 << 20

// Options bound a group.
type Options struct {
	Most  int           // entries in one request
	Quiet time.Duration // how long an answer may stop between two entries
}

// Group is what is known of a server by the batches that were sent for one
// purpose. It is safe for use by several goroutines.
type Group struct {
	quiet time.Duration

	mu      sync.Mutex
	most    int
	refused bool  // it takes none
	bytes   int64 // of entries
	entries int64
}

// NewGroup makes one that nothing is known of yet.
func NewGroup(o Options) *Group { return &Group{most: o.Most, quiet: o.Quiet} }

// Full is how many the next request may ask for; without a group, one.
func (g *Group) Full() int {
	if g == nil {
		return 1
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case g.refused:
		return 1
	case g.entries == 0:
		return g.most
	}
	return int(max(1, min(int64(g.most), wanted*g.entries/max(1, g.bytes))))
}

// Size is how many of those that are left are to be asked for in the next
// request: all alike, so that none is sent for a few that remain.
func (g *Group) Size(left int) int {
	most := g.Full()
	requests := (left + most - 1) / most
	return (left + requests - 1) / requests
}

// Refused reports whether the server was seen to take no batches.
func (g *Group) Refused() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.refused
}

func (g *Group) refuse() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.refused = true
}

// failed makes batches half as large as one that came to nothing: it may have
// been too much for the server, or for a proxy's patience.
func (g *Group) failed(size int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.most = min(g.most, max(1, size/2))
}

func (g *Group) came(bytes int64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.bytes += bytes
	g.entries++
}
