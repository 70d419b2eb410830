package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"time"

	"speckle-runner/test/process"
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

// jump sets the nodes' clocks, each by itself, and all right in the end.
func (s *storm) jump(ctx context.Context, dice *rand.Rand) {
	for process.Rest(ctx, between(dice, 4*time.Second, 20*time.Second)) {
		place, ahead := dice.IntN(len(s.nodes)), between(dice, -farthest, farthest)
		switch dice.IntN(4) {
		case 0:
			ahead = 0
		case 1:
			ahead /= 20 // as by a time server
		}
		if err := s.clocks.set(place, ahead); err != nil {
			s.report.add(found(broken, "set a clock: %v", err))
			return
		}
		s.jumps.Add(1)
	}
}

// right sets all clocks right.
func (s *storm) right() error {
	if s.clocks.dir == "" {
		return nil
	}
	for place := range s.nodes {
		if err := s.clocks.set(place, 0); err != nil {
			return err
		}
	}
	return nil
}

// clock makes the folder of clocks, all of them right.
func (s *storm) clock(dir string) error {
	s.clocks.dir = dir
	if err := os.Mkdir(dir, 0o700); err != nil {
		return err
	}
	return s.right()
}
