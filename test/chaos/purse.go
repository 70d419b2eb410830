package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"time"

	"speckle-runner/internal/speckle/fake"
	"speckle-runner/test/process"
)

// purse has the tokens of all jobs: the newest of a job is the one that it uses.
type purse struct {
	mu     sync.Mutex
	tokens map[string][]fake.Token // by job
}

// tokenDir is where the tokens are that are read from files; the search for secrets leaves it out.
const tokenDir = "tokens"

func newToken(job string, times int) fake.Token {
	return fake.NewToken(fmt.Sprintf("chaos %s %d", job, times), "streams:read", "users:read")
}

func newPurse(all []job) *purse {
	p := &purse{tokens: map[string][]fake.Token{}}
	for _, j := range all {
		p.tokens[j.name] = []fake.Token{newToken(j.name, 0)}
	}
	return p
}

// of gives all tokens that a job ever had, the newest last.
func (p *purse) of(job string) []fake.Token {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]fake.Token(nil), p.tokens[job]...)
}

func (p *purse) newest(job string) fake.Token {
	all := p.of(job)
	return all[len(all)-1]
}

func (p *purse) add(job string, t fake.Token) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.tokens[job] = append(p.tokens[job], t)
}

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
