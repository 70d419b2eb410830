package main

import (
	"context"
	"math/rand/v2"
	"os"
	"time"

	"speckle-runner/test/process"
)

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
