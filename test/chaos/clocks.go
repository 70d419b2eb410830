package main

import (
	"fmt"
	"path/filepath"
	"sync"
	"time"
)

// clocks are those of the nodes. Each node follows a file that says how far it is ahead.
type clocks struct {
	dir string // "": the runner has no seam, and no clock ever jumps

	mu   sync.Mutex
	most time.Duration // that one ever was ahead of the world's
}

// of is where a node's is.
func (c *clocks) of(place int) string { return filepath.Join(c.dir, fmt.Sprint(place)) }

func (c *clocks) set(place int, ahead time.Duration) error {
	c.mu.Lock()
	c.most = max(c.most, ahead)
	c.mu.Unlock()
	return replace(c.of(place), ahead.String())
}

// ahead is how much earlier than its tick a run may have begun.
func (c *clocks) ahead() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.most
}

// farthest is how far a clock is off at the most.
const farthest = 45 * time.Second
