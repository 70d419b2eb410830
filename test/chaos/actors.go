package main

import (
	"context"
	"math/rand/v2"
	"time"

	"speckle-runner/internal/output/mail/mailtest"
	"speckle-runner/internal/speckle/fake"
	"speckle-runner/test/process"
)

// spoils are the faults of the server. Each, alone, can be noticed by who reads well.
var spoils = []fake.Kind{
	fake.HTMLStatus, fake.HTMLPage, fake.AuthContext, fake.TokenRefused, fake.RateLimited, fake.RateLimitedInside, fake.Redirect, fake.Reset,
	fake.InternalError, fake.ErrorCode, fake.DataNull, fake.ErrorsBeside, fake.NullCollection, fake.NullItems, fake.EmptyPage, fake.EarlyEnd,
	fake.RepeatCursor, fake.Overlap, fake.Ties, fake.Shift, fake.CutBody, fake.ShortBody, fake.TrailingGarbage,
	fake.NoEnd, fake.EmptyBody, fake.Stall, fake.Slow, fake.Hang,
}

// spoil puts one fault after another on the server, and takes it away again.
func (s *storm) spoil(ctx context.Context, dice *rand.Rand) {
	defer s.server.SetFaults()
	for process.Rest(ctx, between(dice, 200*time.Millisecond, 3*time.Second)) {
		f := fake.Fault{Kind: spoils[dice.IntN(len(spoils))], Wait: between(dice, 50*time.Millisecond, time.Second), Page: dice.IntN(4),
			Times: dice.IntN(12), To: s.thief.URL}
		s.server.SetFaults(f)
		s.faults.Add(1)
		if !process.Rest(ctx, between(dice, 200*time.Millisecond, 4*time.Second)) {
			return
		}
		s.server.SetFaults()
	}
}

// sicken makes the receiver ill, and well again.
func (s *storm) sicken(ctx context.Context, dice *rand.Rand) {
	defer s.receiver.feel(well)
	for process.Rest(ctx, between(dice, time.Second, 8*time.Second)) {
		s.receiver.feel(mood(1 + dice.IntN(int(moods)-1)))
		s.faults.Add(1)
		if !process.Rest(ctx, between(dice, 500*time.Millisecond, 6*time.Second)) {
			return
		}
		s.receiver.feel(well)
	}
}

// sickenMail makes the mail server refuse letters for a while, or break off where it has
// one and hasn't said so, or has. It never refuses one for good: that one would be given up.
func (s *storm) sickenMail(ctx context.Context, dice *rand.Rand) {
	defer s.letters.BreakOff(mailtest.Nowhere)
	for process.Rest(ctx, between(dice, 2*time.Second, 15*time.Second)) {
		s.faults.Add(1)
		if way := dice.IntN(3); way == 0 {
			s.letters.Answer(451)
		} else {
			s.letters.BreakOff(mailtest.Break(way))
		}
		if !process.Rest(ctx, between(dice, 500*time.Millisecond, 4*time.Second)) {
			return
		}
		s.letters.BreakOff(mailtest.Nowhere)
	}
}

// powerCuts end the database without a word, and start it again.
func (s *storm) powerCuts(ctx context.Context, dice *rand.Rand) {
	for process.Rest(ctx, between(dice, 10*time.Second, 40*time.Second)) {
		s.powerCut(ctx, between(dice, 200*time.Millisecond, 8*time.Second))
	}
}

func (s *storm) powerCut(ctx context.Context, length time.Duration) {
	s.power.Lock()
	defer s.power.Unlock()
	if !s.atWork() {
		return
	}
	if err := s.cluster.Kill(); err != nil {
		s.report.add(found(broken, "kill PostgreSQL: %v", err))
		return
	}
	s.outages.Add(1)
	process.Rest(ctx, length)
	if err := s.cluster.Start(); err != nil {
		s.report.add(found(broken, "start PostgreSQL: %v", err))
	}
}

// torment kills a node, stops and wakes it, or asks it to end, and starts it again. It ends
// when the storm is over, with all nodes up. whole outlives the storm.
func (s *storm) torment(ctx, whole context.Context, dice *rand.Rand) error {
	for process.Rest(ctx, between(dice, time.Second, 8*time.Second)) {
		for _, n := range s.nodes {
			if err := n.Alive(); err != nil {
				return err
			}
		}
		place, blow := dice.IntN(len(s.nodes)), dice.IntN(6)
		dead, frozen := between(dice, 12*time.Second, 30*time.Second), between(dice, time.Second, 15*time.Second)
		n := s.nodes[place]
		switch blow {
		case 0, 1: // killed, and back at once
			n.Kill()
			s.kills.Add(1)
		case 2: // killed, and away for so long that ticks are missed, or others take over
			n.Kill()
			s.kills.Add(1)
			process.Rest(ctx, dead)
		case 3:
			if err := s.dismiss(n); err != nil {
				return err
			}
		default:
			if err := s.freeze(ctx, n, frozen); err != nil {
				return err
			}
			continue
		}
		if err := s.begin(whole, place); err != nil {
			return err
		}
	}
	return nil
}

// dismiss asks a node to end, at a time when it can write down that it does.
func (s *storm) dismiss(n *node) error {
	s.power.Lock()
	defer s.power.Unlock()
	s.stops.Add(1)
	return n.stop()
}

// freeze stops a process where it is, and wakes it.
func (s *storm) freeze(ctx context.Context, n *node, frozen time.Duration) error {
	if err := n.Pause(); err != nil {
		return err
	}
	s.pauses.Add(1)
	process.Rest(ctx, frozen)
	return n.Wake()
}
