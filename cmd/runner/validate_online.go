package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/jobs/placeholder"
	"speckle-runner/internal/secret"
	"speckle-runner/internal/speckle"
	"speckle-runner/internal/speckle/query"
	"speckle-runner/internal/store"
)

// onlineJob is what servers say of one job, as -o json prints it.
type onlineJob struct {
	Job      string            `json:"job"`
	OK       bool              `json:"ok"`
	Server   string            `json:"server"`
	Version  string            `json:"version"`
	Token    onlineToken       `json:"token"`
	Findings []speckle.Finding `json:"findings"`

	code int
}

// onlineToken is what a token tells of itself; "" and null are unknown.
type onlineToken struct {
	ID      string     `json:"id"`
	Name    string     `json:"name"`
	Owner   string     `json:"owner"`
	Expires *time.Time `json:"expires_at"`
}

// onlineAtOnce is how many jobs are asked for at the same time.
const onlineAtOnce = 4

// validateOnline asks each enabled job's server what the job would meet. No
// job's query is sent.
func (s *settings) validateOnline(ctx context.Context, file *jobs.File, asJSON bool) error {
	if err := checkProxies(); err != nil {
		return err
	}
	o := &online{file: file.Name, limiters: speckle.NewLimiters(), shared: sharedNeeds(file), redactor: s.redactor()}
	chosen := file.Enabled()
	results := make([]chan onlineJob, len(chosen))
	var asking sync.WaitGroup
	defer asking.Wait()
	slots := make(chan struct{}, onlineAtOnce)
	for i, job := range chosen {
		results[i] = make(chan onlineJob, 1)
		asking.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			results[i] <- o.job(ctx, job)
		})
	}
	all, codes := []onlineJob{}, []int{}
	for _, result := range results {
		one := <-result
		if errors.Is(ctx.Err(), context.Canceled) {
			return codeError(exitInterrupted)
		}
		all, codes = append(all, one), append(codes, one.code)
		if !asJSON {
			one.print(s.out, onTerminal(s.out))
		}
	}
	if asJSON {
		if err := json.NewEncoder(s.out).Encode(all); err != nil {
			return err
		}
	}
	for _, code := range []int{exitToken, exitInvalid, exitFailed} {
		if slices.Contains(codes, code) {
			return codeError(code)
		}
	}
	return nil
}

// online is one asking of servers. Each job has a client and connections of its
// own, and its token is dropped when it has been asked for.
type online struct {
	file      string
	preflight speckle.Preflight
	limiters  *speckle.Limiters
	shared    map[tokenPlace]query.Needs
	redactor  *secret.Redactor // of the process
}

// tokenPlace is where a token is read, and for which server.
type tokenPlace struct {
	source secret.Source
	origin string
}

func placeOf(job *jobs.Job) tokenPlace { return tokenPlace{job.Token, job.Server.Origin()} }

// sharedNeeds gives what each token needs for all jobs that use it.
func sharedNeeds(file *jobs.File) map[tokenPlace]query.Needs {
	shared := map[tokenPlace]query.Needs{}
	for _, job := range file.Jobs {
		shared[placeOf(job)] = shared[placeOf(job)].Join(job.Needs())
	}
	return shared
}

func (o *online) job(ctx context.Context, job *jobs.Job) onlineJob {
	token, missing := job.Token.ResolveToken()
	asked := speckle.Asked{
		Needs: job.Needs(), Shared: o.shared[placeOf(job)], Now: time.Now(), Lookback: job.Lookback,
	}
	if job.Query != nil {
		asked.Queries = append(asked.Queries, speckle.AskedQuery{Key: "query", Query: job.Query, Given: o.given(job, job.Variables)})
	}
	if job.ForEach != nil {
		asked.Queries = append(asked.Queries, speckle.AskedQuery{
			Key: "for_each.query", Query: job.ForEach.Query, Given: o.given(job, job.ForEach.Variables),
		})
	}
	redactor, forget := o.redactor.Lend()
	defer forget()
	redactor.Add(token)
	options := speckle.Options{
		Server: job.Server, Token: token, UserAgent: userAgent(), Limiters: o.limiters, Log: zerolog.Nop(), Redactor: redactor,
	}
	report := o.preflight.Check(ctx, options, asked)
	switch {
	case !report.Token.Accepted:
	case job.OnVersion != nil:
		report.Findings = append(report.Findings, o.onVersion(ctx, options, job.OnVersion)...)
	case job.Elements != nil:
		report.Findings = append(report.Findings, o.version(ctx, options, job)...)
	}
	if missing != nil {
		report.Findings = slices.Insert(report.Findings, min(1, len(report.Findings)), speckle.Finding{
			About: speckle.AboutToken, Verdict: speckle.Failed, Text: missing.Error(),
		})
	}
	for i, f := range report.Findings {
		report.Findings[i].Text, report.Findings[i].Hint = redactor.Text(f.Text), redactor.Text(f.Hint)
	}
	one := onlineJob{
		Job: job.Name, OK: !report.Bad(), Server: job.Server.Endpoint(), Version: report.Version, Findings: report.Findings,
		Token: onlineToken{ID: secret.TokenID(token), Name: redactor.Text(report.Token.Name), Owner: redactor.Text(report.Token.Owner)},
		code:  onlineCode(report),
	}
	if !report.Token.Expires.IsZero() {
		one.Token.Expires = new(report.Token.Expires.UTC())
	}
	return one
}

// given gives the values of variables that are known before a run: not those
// that a for_each record fills in.
func (o *online) given(job *jobs.Job, variables []jobs.Variable) map[string]query.Given {
	values := valuesNow(job)
	known := map[string]query.Given{}
	for _, v := range variables {
		if one, err := jobs.Expand([]jobs.Variable{v}, values); err == nil {
			known[v.Name] = query.Given{Value: one[v.Name], Place: fmt.Sprintf("%s:%d:%d", secret.Mask(o.file), v.Line, v.Col)}
		}
	}
	return known
}

// valuesNow are what placeholders of a job stand for at this moment, before a
// run: not those of for_each.
func valuesNow(job *jobs.Job) placeholder.Values {
	now := time.Now().UTC()
	return placeholder.Values{Job: job.Name, Run: store.RunID(job.Name, now), Tick: now, Zone: job.Zone}
}

// onlineCode gives the exit code that one job's findings deserve.
func onlineCode(r *speckle.Report) int {
	switch {
	case r.Bad(speckle.AboutToken, speckle.AboutScopes, speckle.AboutOwner):
		return exitToken
	case r.Bad(speckle.AboutQuery):
		return exitInvalid
	case r.Bad():
		return exitFailed
	}
	return exitOK
}

// Marks of verdicts: for a terminal, and for files and pipes, where a sign may
// not survive.
var (
	signs = map[speckle.Verdict]string{speckle.Good: "✓", speckle.Warned: "!", speckle.Failed: "✗", speckle.Untold: "?"}
	words = map[speckle.Verdict]string{speckle.Good: "ok     ", speckle.Warned: "warning", speckle.Failed: "FAILED ", speckle.Untold: "unknown"}
)

func (j *onlineJob) print(w io.Writer, terminal bool) {
	marks := words
	if terminal {
		marks = signs
	}
	head := j.Job + "  " + j.Server
	if j.Token.ID != "" {
		head += "  token " + j.Token.ID
	}
	fmt.Fprintln(w, head)
	for _, f := range j.Findings {
		fmt.Fprintf(w, "  %s  %-6s  %s\n", marks[f.Verdict], f.About, f.Text)
		if f.Hint != "" {
			fmt.Fprintf(w, "  %*s  %-6s  hint: %s\n", len([]rune(marks[f.Verdict])), "", "", f.Hint)
		}
	}
}

const onlineLong = `Check a job file: everything that needs no network, all problems at once.

With --online each enabled job's server is asked, too: is it there, is its clock
right, does it take the token, does the token have the scopes, are the project,
the model and so on there that the query or on_version names by their ids, and may the token see
them, is the query valid against the server's own schema; and where the token may
tell, whose it is and when it ends. Of a job with elements: are its project, its
model and a version there, and is that a bundle or an object graph. The job's
queries are never sent, and nothing is changed.

Exit codes of --online: 4 for trouble with a token, its owner or its scopes,
3 for a query that the server would refuse, 1 for a server that doesn't answer
and for an id that isn't there.`

// onlineJSON reads -o, which is about what servers say.
func (s *settings) onlineJSON(online bool) (bool, error) {
	asJSON, err := s.json()
	if err == nil && asJSON && !online {
		err = usagef("-o json goes with --online")
	}
	return asJSON, err
}
