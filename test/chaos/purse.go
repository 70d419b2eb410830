package main

import (
	"fmt"
	"sync"

	"speckle-runner/internal/speckle/fake"
)

// purse has the tokens of all jobs: the newest of a job is the one that it uses.
type purse struct {
	mu     sync.Mutex
	tokens map[string][]fake.Token // by job
}

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
