package service

import (
	"context"
	"crypto/sha256"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/rs/zerolog"
	"golang.org/x/time/rate"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/run"
	"speckle-runner/internal/secret"
	"speckle-runner/internal/speckle"
	"speckle-runner/internal/speckle/preflight"
	"speckle-runner/internal/tokens"
	"speckle-runner/internal/web"
)

// A service asks about its tokens slowly: it may have thousands, and its runs come first.
const (
	preflightAtOnce = 2
	preflightRate   = 10 // tokens a second
	preflightEvery  = 24 * time.Hour
	preflightFresh  = 12 * time.Hour // a reload doesn't ask again about a token that was asked about since
)

// preflights asks in the background whether the tokens of a service's jobs are
// good and how long they last: at the start, when the job file changes, and
// once a day. It stops no job. Nil asks nothing.
type preflights struct {
	options  speckle.Options  // without server and token
	redactor *secret.Redactor // of the process
	log      zerolog.Logger
	files    chan *jobs.File // the newest job file
	checker  preflight.Checker
	rate     *rate.Limiter
	noteEnd  noteEnd

	mu    sync.Mutex
	known map[string]tokenState // by job
	file  *jobs.File            // the newest
}

// noteEnd writes down when the token with this public id ends: afterwards the server
// can't be asked any more.
type noteEnd func(ctx context.Context, job *jobs.Job, id string, at time.Time)

// tokenState is what is known of one job's token.
type tokenState struct {
	answer web.Preflight
	key    tokenKey
	warned string // the warning that its runs get
	byRun  bool   // only a run has shown anything of it, which doesn't say when it ends
}

// tokenKey names a token of a server without holding it.
type tokenKey struct {
	endpoint string
	token    [sha256.Size]byte
}

func newPreflights(runner *run.Runner, redactor *secret.Redactor, log zerolog.Logger, note noteEnd) *preflights {
	return &preflights{
		options:  speckle.Options{UserAgent: runner.UserAgent, Limiters: runner.Limiters, Base: runner.Transport, Log: zerolog.Nop()},
		redactor: redactor, log: log, files: make(chan *jobs.File, 1), rate: rate.NewLimiter(preflightRate, preflightRate),
		known: map[string]tokenState{}, noteEnd: note,
	}
}

// ask has the tokens of a job file checked soon.
func (p *preflights) ask(file *jobs.File) {
	if p == nil {
		return
	}
	p.mu.Lock()
	p.file = file
	p.mu.Unlock()
	select {
	case <-p.files: // an older one, which isn't checked yet
	default:
	}
	select {
	case p.files <- file:
	default: // a file that is as new got there first
	}
}

// run checks tokens until ctx ends.
func (p *preflights) run(ctx context.Context) {
	if p == nil {
		return
	}
	daily := time.NewTicker(preflightEvery)
	defer daily.Stop()
	var file *jobs.File
	for {
		fresh := preflightFresh
		select {
		case <-ctx.Done():
			return
		case file = <-p.files:
		case <-daily.C:
			fresh = 0
		}
		if file != nil {
			p.check(ctx, file, fresh)
		}
	}
}

// check asks about every token of a file once, except for those that were asked about
// lately. A newer file ends it.
func (p *preflights) check(ctx context.Context, file *jobs.File, fresh time.Duration) {
	users := map[tokenKey][]*jobs.Job{}
	values := map[tokenKey]secret.Value{}
	current := map[string]bool{}
	readOnce := tokenReader()
	for _, job := range file.Enabled() {
		current[job.Name] = true
		token, err := readOnce(ctx, job.Token)
		if ctx.Err() != nil {
			return
		}
		if err != nil { // not logged here: warnUnset has, or each run will
			p.note(job, tokenState{answer: web.Preflight{CheckedAt: time.Now().UTC(), Error: err.Error()}})
			continue
		}
		key := tokenKey{job.Server.Endpoint(), sha256.Sum256([]byte(token.Reveal()))}
		if !p.lately(job, key, fresh) {
			users[key], values[key] = append(users[key], job), token
		}
	}
	p.forget(current)
	var asking sync.WaitGroup
	defer asking.Wait()
	slots := make(chan struct{}, preflightAtOnce)
	for _, key := range slices.SortedFunc(maps.Keys(users), func(a, b tokenKey) int { return slices.Compare(a.token[:], b.token[:]) }) {
		if p.rate.Wait(ctx) != nil || len(p.files) > 0 {
			return
		}
		slots <- struct{}{}
		asking.Go(func() {
			defer func() { <-slots }()
			p.checkToken(ctx, users[key], key, values[key])
		})
	}
}

// tokenReader makes what reads each place of a token once: a thousand jobs may have
// theirs from one command.
func tokenReader() func(context.Context, secret.Source) (secret.Value, error) {
	type answer struct {
		token secret.Value
		err   error
	}
	known := map[secret.Source]answer{}
	return func(ctx context.Context, source secret.Source) (secret.Value, error) {
		a, is := known[source]
		if !is {
			a.token, a.err = tokens.Read(ctx, source)
			known[source] = a
		}
		return a.token, a.err
	}
}

// checkToken asks about one token and notes the answer for all jobs that use it.
func (p *preflights) checkToken(ctx context.Context, users []*jobs.Job, key tokenKey, token secret.Value) {
	o := p.options
	o.Server, o.Token = users[0].Server, token
	now := time.Now().UTC()
	redactor, forget := p.redactor.Lend()
	defer forget()
	redactor.Add(token)
	var broke error // of which guard's log says all: it tells nothing of the token
	defer guard(p.log, redactor, &broke)
	o.Redactor = redactor
	report := p.checker.CheckToken(ctx, o, now)
	if ctx.Err() != nil {
		return
	}
	state := tokenState{key: key, answer: web.Preflight{
		CheckedAt: now, OK: !report.Bad(), ID: secret.TokenID(token), Owner: redactor.Text(report.Token.Owner),
		Unasked: report.Bad() && !report.Bad(preflight.AboutToken), Listed: report.Token.Listed, Scopes: report.Token.Scopes,
	}}
	if at := report.Token.Expires; !at.IsZero() {
		state.answer.ExpiresAt = new(at.UTC())
		p.noteEnd(ctx, users[0], secret.TokenID(token), at)
	}
	for _, finding := range report.Findings {
		switch {
		case finding.Verdict == preflight.Failed && state.answer.Error == "":
			state.answer.Error = redactor.Text(finding.Text)
		case finding.Verdict == preflight.Warned && state.warned == "":
			state.warned = redactor.Text(finding.Text)
		}
	}
	for _, job := range users {
		p.note(job, state)
		p.logAnswer(job, report, state)
	}
}

// logAnswer warns in the log of what a person has to do something about.
func (p *preflights) logAnswer(job *jobs.Job, report *preflight.Report, state tokenState) {
	switch {
	case report.Bad(preflight.AboutToken):
		p.log.Warn().Str("job", job.Name).Str("error", state.answer.Error).Msg("this job's token is refused: its runs will fail")
	case state.answer.Error != "":
		p.log.Warn().Str("job", job.Name).Str("error", state.answer.Error).Msg("this job's server can't be asked about its token")
	case state.warned != "":
		p.log.Warn().Str("job", job.Name).Time("expires", *state.answer.ExpiresAt).Msg(state.warned)
	default:
		p.log.Debug().Str("job", job.Name).Msg("this job's token is good")
	}
}

func (p *preflights) note(job *jobs.Job, state tokenState) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.known[job.Name] = state
}

// lately reports whether the server called this very token good not long ago.
func (p *preflights) lately(job *jobs.Job, key tokenKey, fresh time.Duration) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	state, known := p.known[job.Name]
	return known && state.answer.OK && !state.byRun && state.key == key && time.Since(state.answer.CheckedAt) < fresh
}

// forget drops what is known of jobs that are gone.
func (p *preflights) forget(current map[string]bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	maps.DeleteFunc(p.known, func(job string, _ tokenState) bool { return !current[job] })
}

// ofJob gives what is known of a job's token; nil: nothing.
func (p *preflights) ofJob(job string) *web.Preflight {
	if p == nil {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	state, known := p.known[job]
	if !known {
		return nil
	}
	return &state.answer
}

// warn adds the warning about a job's token to those of a run, so that the ledger
// has it.
func (p *preflights) warn(job string, warnings []string) []string {
	if p == nil {
		return warnings
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if state := p.known[job]; state.warned != "" {
		return append(slices.Clip(warnings), state.warned)
	}
	return warnings
}
