package tracing

import (
	"sync"
	"time"
)

// begun remembers when runs under way began here.
type begun struct {
	mu    *sync.Mutex
	first map[string]time.Time
}

// mostBegun bounds it: a run that goes on elsewhere is never taken out.
const mostBegun = 4096

func newBegun() begun { return begun{&sync.Mutex{}, map[string]time.Time{}} }

func (b begun) at(run string, now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.first) >= mostBegun {
		clear(b.first)
	}
	if _, known := b.first[run]; !known {
		b.first[run] = now
	}
}

func (b begun) take(run string) (time.Time, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	first, known := b.first[run]
	delete(b.first, run)
	return first, known
}
