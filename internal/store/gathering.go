package store

import (
	"sync"
	"time"
)

// gathering waits until enough have come to be done together, for a moment at most.
type gathering struct {
	enough int
	full   chan struct{} // somebody waits; nil: nobody
}

// came says how many are there by now, under the lock that guards them.
func (g *gathering) came(pending int) {
	if g.full != nil && pending >= g.enough {
		close(g.full)
		g.full = nil
	}
}

// wait is called without the lock; pending is asked under it.
func (g *gathering) wait(mu *sync.Mutex, pending func() int, enough int, most time.Duration) {
	mu.Lock()
	if pending() >= enough {
		mu.Unlock()
		return
	}
	full := make(chan struct{})
	g.full, g.enough = full, enough
	mu.Unlock()
	timer := time.NewTimer(most)
	defer timer.Stop()
	select {
	case <-full:
	case <-timer.C:
		mu.Lock()
		g.full = nil
		mu.Unlock()
	}
}
