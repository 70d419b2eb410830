package run

import (
	"context"
	"net/http"
	"slices"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/jobs/choices"
	"speckle-runner/internal/output/kept"
	"speckle-runner/internal/run/memory"
	"speckle-runner/internal/run/sink"
	"speckle-runner/internal/secret"
	"speckle-runner/internal/speckle"
	"speckle-runner/internal/speckle/version"
	"speckle-runner/internal/tokens"
)

// reader fetches the records of a run, and decides whether that was all.
type reader struct {
	*task
	in      intake
	kept    *keeper
	source  source
	client  *speckle.Client
	storage http.RoundTripper // connections to where bundles lie; nil: it reads none
	token   secret.Value
	budget  *speckle.Budget

	watched   sink.Watched   // keys that select may make of nothing
	told      *memory.Memory // what this run tells; nil: nothing is read by the mark
	clock     speckle.Clock
	bytes     int64 // of the server's answers
	looked    int64 // records that the job's select has seen
	resumedAt int   // page at which an earlier attempt's reading went on
	done      bool  // a mutation may have been carried out, and no note says which
}

func newReader(t *task) *reader { return &reader{task: t, kept: &keeper{task: t}} }

// read fetches every record into the spool.
func (r *reader) read(ctx context.Context, spool *kept.Spool) (*intake, error) {
	if err := r.kept.open(); err != nil {
		return nil, err
	}
	r.recall()
	if err := r.open(ctx); err != nil {
		return nil, err
	}
	defer r.client.Close()
	if r.Job.Elements != nil {
		storage := version.NewStorage()
		defer storage.CloseIdleConnections()
		r.storage = storage
	}
	if err := r.findVersion(ctx); err != nil {
		return nil, err
	}
	r.source = r.jobSource()
	r.watched = sink.Watch(r.Job.Select, r.source.unsure)
	r.in.spool, r.in.origin = spool, r.source
	r.in.unsent, _ = r.source.(*unsent)
	err := r.readAll(ctx)
	if apart := r.clock.Apart(r.Job.Lookback); apart != "" {
		r.warn(apart)
	}
	r.result.Records = spool.Count()
	if err != nil {
		return nil, err
	}
	if r.in.same {
		r.result.Records = r.Last.Records
		return &r.in, nil
	}
	r.conclude(ctx)
	if err := r.summarize(ctx); err != nil {
		return nil, err
	}
	return &r.in, r.shrunk()
}

// open reads the token, and makes the client that goes by it.
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
		Told: r.runner.RequestsOf(r.Job.Name),
	})
	r.budget = speckle.NewBudget(r.Job.MaxBytes)
	return nil
}

func (r *reader) readAll(ctx context.Context) error {
	if r.Job.ForEach != nil {
		return (&eachReader{reader: r}).readEach(ctx)
	}
	return r.readOnce(ctx)
}

// readOnce reads the one list of a job without for_each.
func (r *reader) readOnce(ctx context.Context) error {
	variables, err := r.source.fill(item{})
	if err != nil {
		return err
	}
	told := r.rememberOf(nil)
	stats, err := r.readList(ctx, &reading{
		from: r.source, program: r.Job.Select, ends: r.Job.Until, variables: variables, spool: r.in.spool,
		memory: told, chooses: !r.Job.ReadsSince(),
	})
	r.count(stats, r.source, err)
	if err != nil {
		return err
	}
	r.told.Join(told)
	return r.whole(stats, "")
}

// conclude notes, and says, what is known when everything was read.
func (r *reader) conclude(ctx context.Context) {
	r.concludeKnown()
	r.nothingSelected()
	if r.kept.items == 0 && r.in.spool.Count() > 0 { // else not all records were seen here
		r.watched.Tell(r.warn)
	}
	if r.in.serverVersion != "" || !slices.ContainsFunc(r.Job.Outputs, func(o jobs.Output) bool { return o.Manifest }) {
		return
	}
	var err error
	if r.in.serverVersion, err = r.client.ServerVersion(ctx); err != nil {
		r.warn("the manifest lacks the server's version: " + err.Error())
	}
}

// count adds what one reading did, also one that failed.
func (r *reader) count(stats speckle.Stats, from source, err error) {
	r.result.Pages += stats.Pages
	r.bytes += stats.Bytes
	r.clock.Join(stats.Clock)
	if r.in.serverVersion == "" {
		r.in.serverVersion = stats.ServerVersion
	}
	if from == r.source {
		r.looked += stats.Records
		r.done = r.done || r.mutates() && stats.Requests > 0 && (err == nil || mayBeDone(err))
	}
	r.in.holes = r.in.holes || stats.Short != nil || r.Job.OnPartial == choices.PartialKeep && len(stats.Warnings) > 0
	for _, w := range stats.Warnings {
		r.warn(w)
	}
}
