package main

import (
	"context"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"

	"speckle-runner/test/process"
)

// rotate gives jobs new tokens where they can be exchanged, and lets those of others
// be over for a while.
func (s *storm) rotate(ctx context.Context, dice *rand.Rand) {
	for process.Rest(ctx, between(dice, time.Second, 6*time.Second)) {
		j := s.jobs[dice.IntN(len(s.jobs))]
		late, over := between(dice, 0, 5*time.Second), between(dice, time.Second, 8*time.Second)
		s.exchanged.Add(1)
		if j.secret == "token_env" {
			s.server.RevokeToken(s.purse.newest(j.name).ID())
			process.Rest(ctx, over)
			s.server.AddTokens(s.purse.newest(j.name))
			continue
		}
		if err := s.exchange(ctx, j, late, dice.IntN(3) == 0); err != nil {
			s.report.add(found(broken, "exchange the token of %s: %v", j.name, err))
			return
		}
	}
}

// exchange makes a job's token another one. The old one is refused some time after, or
// before, where whoever does it has the order wrong.
func (s *storm) exchange(ctx context.Context, j job, late time.Duration, wrongly bool) error {
	old, next := s.purse.newest(j.name), newToken(j.name, len(s.purse.of(j.name)))
	s.purse.add(j.name, next)
	if wrongly {
		s.server.RevokeToken(old.ID())
		process.Rest(ctx, late)
	}
	s.server.AddTokens(next)
	if err := s.keep(j); err != nil {
		return err
	}
	if !wrongly {
		process.Rest(ctx, late)
		s.server.RevokeToken(old.ID())
	}
	return nil
}

// keep writes a job's token where it is read.
func (s *storm) keep(j job) error {
	if err := os.MkdirAll(filepath.Join(s.dir, tokenDir), 0o700); err != nil {
		return err
	}
	return replace(filepath.Join(s.dir, tokenDir, j.name), s.purse.newest(j.name).Token+"\n")
}
