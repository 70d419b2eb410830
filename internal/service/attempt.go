package service

import (
	"context"
	"errors"
	"time"

	"github.com/rs/zerolog"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/output/target"
	"speckle-runner/internal/run"
	"speckle-runner/internal/scheduler"
	"speckle-runner/internal/secret"
	"speckle-runner/internal/speckle/version"
	"speckle-runner/internal/store"
)

// attempt executes one attempt and gives how it ended, for people and for the
// ledger, and when another one follows; zero: none does.
func (x *Service) attempt(ctx context.Context, job *jobs.Job, c store.Claim, options attemptOptions) (*run.Result, store.Outcome,
	time.Time) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	ctx, traced := x.tracedRun(ctx, c)
	redactor, forget := x.logs.Redactor.Lend()
	defer forget()
	kept := &runLog{}
	log := x.logs.Logger(redactor, kept).With().Str("job", job.Name).Str("run", c.Run).Int("attempt", c.Attempt).Logger()
	beaten := x.beat(ctx, job, c)
	log.Info().Str("trigger", string(c.Trigger)).Msg("run started")
	result := x.execute(ctx, run.Request{
		Job: job, Run: c.Run, Tick: c.Tick, Attempt: c.Attempt, Of: version.Ref{Version: c.Version}, Resumed: options.resumed,
		Progress: options.progress, Log: log, Redactor: redactor,
		LastTry: x.again(job, c, options, store.Outcome{State: store.Failed, Passing: true}).IsZero(), AcceptShrink: options.acceptShrink,
		Hold: func(ctx context.Context) (time.Time, error) {
			until, err := x.ledger.Hold(ctx, c)
			if taken(err) {
				cancel(err) // it ends as if the ledger had ended its context
			}
			return until, err
		},
		Snapshots: x.snapshots(job, c.Tick), Tables: x.tables(job), TokenEnds: x.tokenEnds(ctx, job),
	})
	traced(result)
	x.tokens.learn(job, result)
	outcome := store.Outcome{
		State: stateOf(ctx, result), Pages: int64(result.Pages), Records: result.Records, Bytes: result.Bytes,
		Files: ledgerFiles(result.Files), Error: result.Error, Warnings: x.tokens.warn(job.Name, result.Warnings), Final: result.Final,
		Passing: result.Passing, After: result.After, Cause: result.Cause,
		Marks: ledgerMarks(result.Marks), Renewed: ledgerMarks(result.Renewed), Snapshots: ledgerSnapshots(result.Snapshots), Known: result.Known,
		Tables: ledgerTables(result.Tables), Unchanged: result.Unchanged,
	}
	again := x.again(job, c, options, outcome)
	x.logEnd(log, result, again)
	outcome.Deliveries, outcome.Failure = x.owed(ctx, job, c, result)
	// A mutation's notes stay: its run is never to do an item twice.
	if outcome.State == store.Canceled || outcome.State == store.Failed && again.IsZero() && !job.Mutation {
		x.runner.Forget(c.Run)
	}
	beaten()
	outcome.Log = kept.String()
	return result, outcome, again
}

// again says when a run is tried again after an attempt with this outcome;
// zero: it isn't.
func (x *Service) again(job *jobs.Job, c store.Claim, options attemptOptions, o store.Outcome) time.Time {
	if o.State != store.Failed || o.Final {
		return time.Time{}
	}
	now := time.Now()
	f := c.Failing(o, now)
	if options.byHand {
		f.Trigger, f.Failures = store.Manual, options.failed+1
		f.Since = c.Began
		if options.failed > 0 {
			f.Since = options.since
		}
	}
	pause, again := scheduler.Again(job, f, now)
	if !again {
		return time.Time{}
	}
	return now.Add(pause)
}

// logEnd logs how an attempt ended: a failure is an error when no other attempt
// follows.
func (x *Service) logEnd(log zerolog.Logger, result *run.Result, again time.Time) {
	level, text := zerolog.InfoLevel, "run "+string(result.State)
	switch {
	case result.State != run.Failed:
	case again.IsZero():
		level = x.failures
	default:
		level = min(x.failures, zerolog.WarnLevel)
		text += ", and is tried again at " + again.UTC().Format(time.RFC3339)
	}
	log.WithLevel(level).Func(errorIf(result.Error)).Int("pages", result.Pages).Int64("records", result.Records).Int("files",
		len(result.Files)).
		Dur("took_ms", result.FinishedAt.Sub(result.StartedAt)).Msg(text)
}

// attemptOptions say how an attempt is done.
type attemptOptions struct {
	progress func(run.Progress)
	resumed  bool // an earlier attempt was cut off
	// acceptShrink is somebody's word that fewer records are right.
	acceptShrink bool
	// byHand: failed and since count the failures of a run by hand, and when the first of
	// them began: the ledger counts those of earlier runs of its tick, too.
	byHand bool
	failed int
	since  time.Time
}

// execute asks the ledger what the run has to remember, and runs it.
func (x *Service) execute(ctx context.Context, request run.Request) *run.Result {
	var err error
	if request.Of.Version != "" {
		request.Of, err = x.ofVersion(ctx, request.Job, request.Tick)
	}
	if err == nil {
		request.Last, err = x.last(ctx, request.Job, request.Tick)
	}
	if err == nil {
		return x.runner.Execute(ctx, request)
	}
	now := time.Now().UTC()
	result := &run.Result{
		State: run.Failed, StartedAt: now, FinishedAt: now, Err: err, Error: secret.Mask(err.Error()), Cause: "ledger", Reason: "ledger",
	}
	if ctx.Err() != nil {
		result.State = run.Interrupted
	}
	return result
}

// taken reports whether a run was taken from its attempt.
func taken(err error) bool {
	return errors.Is(err, store.ErrCanceled) || errors.Is(err, store.ErrReplaced) || errors.Is(err, store.ErrFenced)
}

// stateOf gives an attempt's end in the ledger's words.
func stateOf(ctx context.Context, result *run.Result) store.State {
	cause := context.Cause(ctx)
	if result.State == run.Interrupted && (errors.Is(cause, store.ErrCanceled) || errors.Is(cause, store.ErrReplaced)) {
		return store.Canceled
	}
	return store.State(result.State)
}

func ledgerFiles(files []target.Published) []store.File {
	kept := make([]store.File, len(files))
	for i, f := range files {
		kept[i] = store.File{Path: f.Path, Records: f.Records, Bytes: f.Bytes, SHA256: f.SHA256, Output: f.Output, Latest: f.Latest}
	}
	return kept
}

// errorIf adds an error to a log line where there is one.
func errorIf(text string) func(*zerolog.Event) {
	return func(e *zerolog.Event) {
		if text != "" {
			e.Str("error", text)
		}
	}
}
