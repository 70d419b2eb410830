package main

import (
	"context"
	"math/rand/v2"
	"time"

	"speckle-runner/test/process"
)

// disturbance is what befalls a network, and for how long.
type disturbance struct {
	way    passage
	length time.Duration
	cut    bool // what has stood still is cut, and doesn't go on
}

func disturbed(dice *rand.Rand) disturbance {
	d := disturbance{way: passage(1 + dice.IntN(int(passages)-1)), length: between(dice, 300*time.Millisecond, 8*time.Second),
		cut: dice.IntN(2) == 0}
	if d.way == hole && dice.IntN(3) == 0 {
		d.length = 30 * time.Second // longer than most of what people wait for
	}
	return d
}

// disturb takes a network away, in one way after another.
func (s *storm) disturb(ctx context.Context, g *gate, dice *rand.Rand) {
	for process.Rest(ctx, between(dice, 3*time.Second, 20*time.Second)) {
		s.away(ctx, g, disturbed(dice))
	}
}

func (s *storm) away(ctx context.Context, g *gate, d disturbance) {
	if g == s.database {
		s.power.Lock() // one that finds no database when it begins ends, as it says
		defer s.power.Unlock()
		if !s.atWork() {
			return
		}
	}
	g.let(d.way)
	s.outages.Add(1)
	process.Rest(ctx, d.length)
	if d.cut {
		g.let(shut)
	}
	g.let(open)
}
