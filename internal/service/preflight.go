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

// How gently a service asks about its tokens: it may have thousands of them,
// and its runs come first.
const (
	preflightAtOnce = 2
	preflightRate   = 10 // tokens a second
	preflightEvery  = 24 * time.Hour
	preflightFresh  = 12 * time.Hour // what was asked since isn't asked again at a reload
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
	ends     noteEnd

	mu    sync.Mutex
	known map[string]tokenState // by job
	file  *jobs.File            // the newest
}

// noteEnd writes down when a token ends, by its public id: once it has, nobody can ask.
type noteEnd func(ctx context.Context, job *jobs.Job, id string, at time.Time)

// tokenState is what is known of one job's token.
type tokenState struct {
	told   web.Preflight
	key    tokenKey
	warned string // what its runs are warned of
	byRun  bool   // only a run has told of it, which says nothing of its end
}

// tokenKey names a token of a server without holding it.
type tokenKey struct {
	endpoint string
	token    [sha256.Size]byte
}

func newPreflights(by *run.Runner, redactor *secret.Redactor, log zerolog.Logger, ends noteEnd) *preflights {
	return &preflights{
		options:  speckle.Options{UserAgent: by.UserAgent, Limiters: by.Limiters, Base: by.Transport, Log: zerolog.Nop()},
		redactor: redactor, log: log, files: make(chan *jobs.File, 1), rate: rate.NewLimiter(preflightRate, preflightRate),
		known: map[string]tokenState{}, ends: ends,
	}
}

// ask has the tokens of a job file asked about, soon.
func (p *preflights) ask(file *jobs.File) {
	if p == nil {
		return
	}
	p.mu.Lock()
	p.file = file
	p.mu.Unlock()
	select {
	case <-p.files: // an older one that nobody has looked at
	default:
	}
	select {
	case p.files <- file:
	default: // somebody else was quicker, with a file as new
	}
}

// run asks until ctx ends.
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

// check asks about every token of a file, each once, but those that were asked
// about lately. A newer file ends it.
func (p *preflights) check(ctx context.Context, file *jobs.File, fresh time.Duration) {
	users := map[tokenKey][]*jobs.Job{}
	values := map[tokenKey]secret.Value{}
	current := map[string]bool{}
	read := reader()
	for _, job := range file.Enabled() {
		current[job.Name] = true
		token, err := read(ctx, job.Token)
		if ctx.Err() != nil {
			return
		}
		if err != nil { // the log has it already, or says it of each run
			p.note(job, tokenState{told: web.Preflight{CheckedAt: time.Now().UTC(), Error: err.Error()}})
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
			p.token(ctx, users[key], key, values[key])
		})
	}
}

// reader reads tokens, each place once: a command may serve a thousand jobs.
func reader() func(context.Context, secret.Source) (secret.Value, error) {
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

// token asks about one token and notes the answer for all jobs that use it.
func (p *preflights) token(ctx context.Context, users []*jobs.Job, key tokenKey, token secret.Value) {
	o := p.options
	o.Server, o.Token = users[0].Server, token
	now := time.Now().UTC()
	redactor, forget := p.redactor.Lend()
	defer forget()
	redactor.Add(token)
	o.Redactor = redactor
	report := p.checker.CheckToken(ctx, o, now)
	if ctx.Err() != nil {
		return
	}
	f := tokenState{key: key, told: web.Preflight{
		CheckedAt: now, OK: !report.Bad(), ID: secret.TokenID(token), Owner: redactor.Text(report.Token.Owner),
		Unasked: report.Bad() && !report.Bad(preflight.AboutToken), Listed: report.Token.Listed, Scopes: report.Token.Scopes,
	}}
	if at := report.Token.Expires; !at.IsZero() {
		f.told.ExpiresAt = new(at.UTC())
		p.ends(ctx, users[0], secret.TokenID(token), at)
	}
	for _, found := range report.Findings {
		switch {
		case found.Verdict == preflight.Failed && f.told.Error == "":
			f.told.Error = redactor.Text(found.Text)
		case found.Verdict == preflight.Warned && f.warned == "":
			f.warned = redactor.Text(found.Text)
		}
	}
	for _, job := range users {
		p.note(job, f)
		p.tell(job, report, f)
	}
}

// tell writes to the log what a person has to do something about.
func (p *preflights) tell(job *jobs.Job, report *preflight.Report, f tokenState) {
	switch {
	case report.Bad(preflight.AboutToken):
		p.log.Warn().Str("job", job.Name).Str("error", f.told.Error).Msg("this job's token is refused: its runs will fail")
	case f.told.Error != "":
		p.log.Warn().Str("job", job.Name).Str("error", f.told.Error).Msg("this job's server can't be asked about its token")
	case f.warned != "":
		p.log.Warn().Str("job", job.Name).Time("expires", *f.told.ExpiresAt).Msg(f.warned)
	default:
		p.log.Debug().Str("job", job.Name).Msg("this job's token is good")
	}
}

func (p *preflights) note(job *jobs.Job, f tokenState) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.known[job.Name] = f
}

// lately reports whether a good answer about this very token is still new.
func (p *preflights) lately(job *jobs.Job, key tokenKey, fresh time.Duration) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	f, known := p.known[job.Name]
	return known && f.told.OK && !f.byRun && f.key == key && time.Since(f.told.CheckedAt) < fresh
}

// forget drops what is known of jobs that are gone.
func (p *preflights) forget(current map[string]bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	maps.DeleteFunc(p.known, func(job string, _ tokenState) bool { return !current[job] })
}

// of gives what is known of a job's token, nil when nothing is.
func (p *preflights) of(job string) *web.Preflight {
	if p == nil {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	f, known := p.known[job]
	if !known {
		return nil
	}
	return &f.told
}

// warn adds to a run's warnings what its job's token is warned of, so that the
// ledger has it.
func (p *preflights) warn(job string, warnings []string) []string {
	if p == nil {
		return warnings
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if f := p.known[job]; f.warned != "" {
		return append(slices.Clip(warnings), f.warned)
	}
	return warnings
}
