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

// learn takes a run's own evidence about its token, which is newer than any
// preflight's: what has worked is good, and what the server has refused isn't. A
// token that nobody has asked about yet is asked about soon, for its end.
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
		p.note(job, tokenState{told: web.Preflight{CheckedAt: now, Error: result.Error}})
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
	for name, f := range p.known {
		if f.key == key {
			f.told.CheckedAt, f.told.OK, f.told.Error = now, accepted, ""
			if refused {
				f.told.Error, f.warned = result.Error, ""
			}
			p.known[name] = f
		}
	}
	if before.told.CheckedAt.IsZero() && p.file != nil && len(p.files) == 0 {
		p.unasked(key)
		select {
		case p.files <- p.file:
		default: // a newer file is there
		}
	}
}

// unasked lets a token that only a run is known of be asked about: what it did
// isn't taken for an answer of the server about its end.
func (p *preflights) unasked(key tokenKey) {
	for name, f := range p.known {
		if f.key == key {
			f.byRun = true
			p.known[name] = f
		}
	}
}

// evidence says what a run's end tells of its token.
func evidence(result *run.Result) (accepted, refused bool) {
	if result.State == run.Succeeded || result.Pages > 0 {
		accepted = true
	}
	if failed, is := errors.AsType[*speckle.Error](result.Err); is {
		switch failed.Kind { //nolint:exhaustive // the others tell nothing of a token
		case speckle.TokenRefused:
			return false, true
		case speckle.ScopeMissing, speckle.NoAccess, speckle.NotFound:
			accepted = true // it was read, and found to be somebody's
		}
	}
	_, unread := errors.AsType[*run.TokenError](result.Err)
	return accepted, unread || errors.Is(result.Err, secret.ErrMissing)
}
