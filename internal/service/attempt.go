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

// attempt executes one attempt. It gives its end twice, for people and for the
// ledger, and when the next attempt begins; zero: there is none.
func (x *Service) attempt(ctx context.Context, job *jobs.Job, c store.Claim, options attemptOptions) (*run.Result, store.Outcome,
	time.Time) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	ctx, endTrace := x.traceAttempt(ctx, c)
	redactor, forget := x.logs.Redactor.Lend()
	defer forget()
	lines := &runLog{}
	log := x.logs.Logger(redactor, lines).With().Str("job", job.Name).Str("run", c.Run).Int("attempt", c.Attempt).Logger()
	waitForHeartbeat := x.beat(ctx, job, c)
	log.Info().Str("trigger", string(c.Trigger)).Msg("run started")
	result := x.execute(ctx, run.Request{
		Job: job, Run: c.Run, Tick: c.Tick, Attempt: c.Attempt, Of: version.Ref{Version: c.Version}, Resumed: options.resumed,
		Progress: options.progress, Log: log, Redactor: redactor,
		LastTry: x.nextAttempt(job, c, options, store.Outcome{State: store.Failed, Passing: true}).IsZero(), AcceptShrink: options.acceptShrink,
		Hold: func(ctx context.Context) (time.Time, error) {
			until, err := x.ledger.Hold(ctx, c)
			if taken(err) {
				cancel(err) // the attempt ends as if the ledger had ended its context
			}
			return until, err
		},
		Snapshots: x.snapshots(job, c.Tick), Tables: x.tables(job), TokenEnds: x.tokenEnds(ctx, job),
	})
	endTrace(result)
	x.tokens.learn(job, result)
	outcome := outcomeOf(ctx, result)
	outcome.Warnings = x.tokens.warn(job.Name, result.Warnings)
	next := x.nextAttempt(job, c, options, outcome)
	x.logEnd(log, result, next)
	outcome.Deliveries, outcome.Failure = x.owed(ctx, job, c, result)
	// What a mutation has noted stays: its run must never carry out an item twice.
	if outcome.State == store.Canceled || outcome.State == store.Failed && next.IsZero() && !job.Mutation {
		x.runner.Forget(c.Run)
	}
	waitForHeartbeat()
	outcome.Log = lines.String()
	return result, outcome, next
}

// outcomeOf gives an attempt's end in the ledger's words.
func outcomeOf(ctx context.Context, result *run.Result) store.Outcome {
	return store.Outcome{
		State: stateOf(ctx, result), Pages: int64(result.Pages), Records: result.Records, Bytes: result.Bytes,
		Files: ledgerFiles(result.Files), Error: result.Error, Final: result.Final,
		Passing: result.Passing, After: result.After, Cause: result.Cause,
		Marks: ledgerMarks(result.Marks), Renewed: ledgerMarks(result.Renewed), Snapshots: ledgerSnapshots(result.Snapshots), Known: result.Known,
		Tables: ledgerTables(result.Tables), Unchanged: result.Unchanged, LeftOut: result.LeftOut,
	}
}

// nextAttempt gives when a run is tried again after an attempt with this outcome;
// zero: it isn't.
func (x *Service) nextAttempt(job *jobs.Job, c store.Claim, options attemptOptions, o store.Outcome) time.Time {
	if o.State != store.Failed || o.Final {
		return time.Time{}
	}
	now := time.Now()
	failing := c.Failing(o, now)
	if options.byHand {
		failing.Trigger, failing.Failures = store.Manual, options.failed+1
		failing.Since = c.Began
		if options.failed > 0 {
			failing.Since = options.since
		}
	}
	pause, again := scheduler.Again(job, failing, now)
	if !again {
		return time.Time{}
	}
	return now.Add(pause)
}

// logEnd logs how an attempt ended: a failure is an error only where no other
// attempt follows.
func (x *Service) logEnd(log zerolog.Logger, result *run.Result, next time.Time) {
	level, text := zerolog.InfoLevel, "run "+string(result.State)
	switch {
	case result.State != run.Failed:
	case next.IsZero():
		level = x.failures
	default:
		level = min(x.failures, zerolog.WarnLevel)
		text += ", and is tried again at " + next.UTC().Format(time.RFC3339)
	}
	log.WithLevel(level).Func(errorIf(result.Error)).
		Int("pages", result.Pages).Int64("records", result.Records).Int("files", len(result.Files)).
		Dur("took_ms", result.FinishedAt.Sub(result.StartedAt)).Msg(text)
}

// attemptOptions say how an attempt is done.
type attemptOptions struct {
	progress func(run.Progress)
	resumed  bool // an earlier attempt was cut off
	// acceptShrink: somebody said that fewer records are right this time.
	acceptShrink bool
	// byHand: this process counts how many attempts failed, and since when. The ledger's
	// own count holds those of earlier runs of the same tick, too.
	byHand bool
	failed int
	since  time.Time // when the first of the failed attempts began
}

// execute asks the ledger what the run has to know of earlier ones, and runs it.
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

// taken reports whether an error says that the run isn't this attempt's any more.
func taken(err error) bool {
	return errors.Is(err, store.ErrCanceled) || errors.Is(err, store.ErrReplaced) || errors.Is(err, store.ErrFenced)
}

// stateOf gives the ledger's state for an attempt's end: an interruption that the
// ledger asked for is a cancellation.
func stateOf(ctx context.Context, result *run.Result) store.State {
	cause := context.Cause(ctx)
	if result.State == run.Interrupted && (errors.Is(cause, store.ErrCanceled) || errors.Is(cause, store.ErrReplaced)) {
		return store.Canceled
	}
	return store.State(result.State)
}

func ledgerFiles(files []target.Published) []store.File {
	out := make([]store.File, len(files))
	for i, f := range files {
		out[i] = store.File{Path: f.Path, Records: f.Records, Bytes: f.Bytes, SHA256: f.SHA256, Output: f.Output, Latest: f.Latest}
	}
	return out
}

// errorIf adds an error to a log line where there is one.
func errorIf(text string) func(*zerolog.Event) {
	return func(e *zerolog.Event) {
		if text != "" {
			e.Str("error", text)
		}
	}
}
