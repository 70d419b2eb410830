package run

import (
	"context"
	"net/http"

	"speckle-runner/internal/jobs/choices"
	"speckle-runner/internal/run/memory"
	"speckle-runner/internal/run/sink"
	"speckle-runner/internal/secret"
	"speckle-runner/internal/speckle"
	"speckle-runner/internal/tokens"
)

// reader reads the records of a run, and decides whether they are complete.
type reader struct {
	*task
	in      intake
	kept    *keeper
	source  source
	client  *speckle.Client
	storage http.RoundTripper // connections to where a version's files lie; nil: the job reads no elements
	token   secret.Value
	budget  *speckle.Budget

	watched   sink.Watched   // keys of select that it reads from places that records may lack
	memory    *memory.Memory // hashes of the records that this run gives; nil: it reads nothing by last_success
	clock     speckle.Clock
	bytes     int64 // of the server's answers
	seen      int64 // records that the job's select was given
	resumedAt int   // page at which an earlier attempt's reading went on
	mutated   bool  // a mutation may have been carried out that no note names: the run isn't tried again
}

func newReader(t *task) *reader { return &reader{task: t, kept: &keeper{task: t}} }

// open reads the token, and makes a client with it.
func (r *reader) open(ctx context.Context) error {
	token, err := tokens.Read(ctx, r.Job.Token)
	if err != nil {
		return &TokenError{err}
	}
	r.Redactor.Add(token)
	r.token, r.result.Token = token, token
	if exposed := r.Job.Token.Exposed(); exposed != "" {
		r.warn("token: " + exposed)
	}
	r.client = speckle.NewClient(speckle.Options{
		Server: r.Job.Server, Token: token, UserAgent: r.runner.UserAgent,
		Limiters: r.runner.Limiters, Base: r.runner.Transport, Log: r.Log, Redactor: r.Redactor,
		Observer: r.runner.ObserverOf(r.Job.Name),
	})
	r.budget = speckle.NewBudget(r.Job.MaxBytes)
	return nil
}

// count adds up what one reading did, also where it failed.
func (r *reader) count(stats speckle.Stats, from source, err error) {
	r.result.Pages += stats.Pages
	r.bytes += stats.Bytes
	r.clock.Join(stats.Clock)
	if r.in.serverVersion == "" {
		r.in.serverVersion = stats.ServerVersion
	}
	if from == r.source {
		r.seen += stats.Records
		r.mutated = r.mutated || r.mutates() && stats.Requests > 0 && (err == nil || mayBeDone(err))
	}
	r.in.holes = r.in.holes || stats.Short != nil || r.Job.OnPartial == choices.PartialKeep && len(stats.Warnings) > 0
}

// countList counts a list by itself, and warns of what it warns of.
func (r *reader) countList(stats speckle.Stats, from source, err error, prefix string) {
	r.count(stats, from, err)
	for _, w := range stats.Warnings {
		r.warn(prefix + w)
	}
}
