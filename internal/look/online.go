package look

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/secret"
	"speckle-runner/internal/speckle"
	"speckle-runner/internal/speckle/preflight"
	"speckle-runner/internal/speckle/query"
	"speckle-runner/internal/tokens"
)

// Answer is what servers say of one job, as validate -o json prints it.
type Answer struct {
	Job      string              `json:"job"`
	OK       bool                `json:"ok"`
	Server   string              `json:"server"`
	Version  string              `json:"version"`
	Token    Token               `json:"token"`
	Findings []preflight.Finding `json:"findings"`

	Report *preflight.Report `json:"-"`
}

// Token is what a token tells of itself; "" and null are unknown.
type Token struct {
	ID      string     `json:"id"`
	Name    string     `json:"name"`
	Owner   string     `json:"owner"`
	Expires *time.Time `json:"expires_at"`
}

// Options say how to ask.
type Options struct {
	UserAgent string
	Redactor  *secret.Redactor // of the process; each job is lent its own from it
}

// atOnce is how many jobs are asked for at the same time.
const atOnce = 4

// Online asks each enabled job's server what the job would meet, and gives the
// answers in the jobs' order. No job's query is sent.
func Online(ctx context.Context, file *jobs.File, options Options) iter.Seq[*Answer] {
	o := &online{Options: options, limiters: speckle.NewLimiters(), shared: sharedNeeds(file)}
	chosen := file.Enabled()
	return func(yield func(*Answer) bool) {
		answers := make([]chan *Answer, len(chosen))
		var asking sync.WaitGroup
		defer asking.Wait()
		slots := make(chan struct{}, atOnce)
		for i, job := range chosen {
			answers[i] = make(chan *Answer, 1)
			asking.Go(func() {
				slots <- struct{}{}
				defer func() { <-slots }()
				answers[i] <- o.job(ctx, job)
			})
		}
		for _, answer := range answers {
			if !yield(<-answer) {
				return
			}
		}
	}
}

// online is one asking of servers. Each job has a client and connections of its
// own, and its token is dropped when it has been asked for.
type online struct {
	Options

	preflight preflight.Checker
	limiters  *speckle.Limiters
	shared    map[Place]query.Needs
}

func (o *online) job(ctx context.Context, job *jobs.Job) *Answer {
	token, missing := tokens.Read(ctx, job.Token)
	asked := preflight.Asked{
		Needs: job.Needs(), Shared: o.shared[PlaceOf(job)], Now: time.Now(), Lookback: job.Lookback,
	}
	if job.Query != nil {
		asked.Queries = append(asked.Queries, preflight.AskedQuery{Key: "query", Query: job.Query, Given: o.given(job, job.Variables)})
	}
	if job.ForEach != nil {
		asked.Queries = append(asked.Queries, preflight.AskedQuery{
			Key: "for_each.query", Query: job.ForEach.Query, Given: o.given(job, job.ForEach.Variables),
		})
	}
	redactor, forget := o.Redactor.Lend()
	defer forget()
	redactor.Add(token)
	options := speckle.Options{
		Server: job.Server, Token: token, UserAgent: o.UserAgent, Limiters: o.limiters, Log: zerolog.Nop(), Redactor: redactor,
	}
	report := o.preflight.Check(ctx, options, asked)
	switch {
	case !report.Token.Accepted:
	case job.OnVersion != nil:
		report.Findings = append(report.Findings, findWatched(ctx, options, job.OnVersion)...)
	case job.Elements != nil:
		report.Findings = append(report.Findings, findVersion(ctx, options, job)...)
	}
	if missing != nil {
		report.Findings = slices.Insert(report.Findings, min(1, len(report.Findings)), preflight.Finding{
			About: preflight.AboutToken, Verdict: preflight.Failed, Text: missing.Error(),
		})
	}
	for i, f := range report.Findings {
		report.Findings[i].Text, report.Findings[i].Hint = redactor.Text(f.Text), redactor.Text(f.Hint)
	}
	one := &Answer{
		Job: job.Name, OK: !report.Bad(), Server: job.Server.Endpoint(), Version: report.Version, Findings: report.Findings,
		Token:  Token{ID: secret.TokenID(token), Name: redactor.Text(report.Token.Name), Owner: redactor.Text(report.Token.Owner)},
		Report: report,
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
			known[v.Name] = query.Given{Value: one[v.Name], Place: fmt.Sprintf("%s:%d:%d", secret.MaskAll(job.File()), v.Line, v.Col)}
		}
	}
	return known
}
