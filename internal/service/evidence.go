package service

import (
	"crypto/sha256"
	"errors"
	"time"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/run"
	"speckle-runner/internal/secret"
	"speckle-runner/internal/speckle"
	"speckle-runner/internal/web"
)

// learn notes what a run shows about its token, which is newer than what any preflight
// found: a token that worked is good, one that the server refused isn't. The server is
// asked soon about a token that no preflight knows yet: a run doesn't show when it ends.
func (p *preflights) learn(job *jobs.Job, result *run.Result) {
	if p == nil {
		return
	}
	accepted, refused := evidence(result)
	if !accepted && !refused {
		return
	}
	now := time.Now().UTC()
	token := result.Token
	if token.IsZero() {
		p.note(job, tokenState{answer: web.Preflight{CheckedAt: now, Error: result.Error}})
		return
	}
	key := tokenKey{job.Server.Endpoint(), sha256.Sum256([]byte(token.Reveal()))}
	p.mu.Lock()
	defer p.mu.Unlock()
	before := p.known[job.Name]
	if before.key != key {
		before = tokenState{key: key}
	}
	p.known[job.Name] = before
	for name, state := range p.known {
		if state.key == key {
			state.answer.CheckedAt, state.answer.OK, state.answer.Error = now, accepted, ""
			if refused {
				state.answer.Error, state.warned = result.Error, ""
			}
			p.known[name] = state
		}
	}
	if before.answer.CheckedAt.IsZero() && p.file != nil && len(p.files) == 0 {
		p.markByRun(key)
		select {
		case p.files <- p.file:
		default: // a newer file is there
		}
	}
}

// markByRun notes that only a run has shown anything of a token: the server is still
// to be asked when it ends.
func (p *preflights) markByRun(key tokenKey) {
	for name, state := range p.known {
		if state.key == key {
			state.byRun = true
			p.known[name] = state
		}
	}
}

// evidence says what a run's end shows of its token.
func evidence(result *run.Result) (accepted, refused bool) {
	if result.State == run.Succeeded || result.Pages > 0 {
		accepted = true
	}
	if failed, is := errors.AsType[*speckle.Error](result.Err); is {
		switch failed.Kind { //nolint:exhaustive // the others show nothing of a token
		case speckle.TokenRefused:
			return false, true
		case speckle.ScopeMissing, speckle.NoAccess, speckle.NotFound:
			accepted = true // the server knew the token before it refused the question
		}
	}
	_, unread := errors.AsType[*run.TokenError](result.Err)
	return accepted, unread || errors.Is(result.Err, secret.ErrMissing)
}
