package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/output"
	"speckle-runner/internal/run"
	"speckle-runner/internal/secret"
	"speckle-runner/internal/speckle"
	"speckle-runner/internal/store"
)

// executor does attempts that the ledger has given out: it brings together the
// room that runs and the room that remembers, for `run` and for `serve`.
type executor struct {
	runner *run.Runner
	ledger *store.Store
	logs   *logging
	log    zerolog.Logger
	// failures is the level that a failed run is logged at: of an error, or
	// lower where a summary tells it, too.
	failures zerolog.Level
	memory   toldMemory
	tokens   *preflights // nil: nobody asks about tokens outside of runs
	keeper   keeper
	own      []output.Guarded // files of the ledger
}

// newExecutor opens the output folder, with a ledger that the caller closes;
// nil is none. Close it at the end.
func (s *settings) newExecutor(logs *logging, ledger *store.Store) (*executor, error) {
	dir, err := output.OpenDir(s.outputDir)
	if err != nil {
		return nil, fmt.Errorf("--output-dir %s: %w", s.outputDir, err)
	}
	x := &executor{
		runner: &run.Runner{Dir: dir, Limiters: speckle.NewLimiters(), Transport: speckle.NewTransport(), UserAgent: userAgent()},
		ledger: ledger, logs: logs, log: logs.logger(logs.redactor, nil), failures: zerolog.ErrorLevel,
		own: s.ledgerFiles(),
	}
	return x, nil
}

// recover finishes what a killed process had decided to publish.
func (x *executor) recover() error {
	recovered, err := x.runner.Dir.Recover(context.Background())
	if err != nil {
		return fmt.Errorf("--output-dir %s: %w", x.runner.Dir.Path(), err)
	}
	for _, f := range recovered.Completed {
		x.log.Warn().Str("run", f.Run).Str("file", f.Path).Msg("a killed run had decided on this file: it is published now")
	}
	for _, f := range recovered.PutBack {
		x.log.Warn().Str("run", f.Run).Str("file", f.Path).Msg("a killed run had replaced this file, and not all that goes with it: the old one is there again")
	}
	for _, problem := range recovered.Problems {
		x.log.Error().Msg(problem)
	}
	return nil
}

func (x *executor) close() {
	x.keeper.wait()
	x.runner.Transport.CloseIdleConnections()
	x.runner.Dir.Close()
}

func userAgent() string { return "speckle-runner/" + thisBuild().Version }

// attempt executes one attempt and gives how it ended, for people and for the
// ledger.
func (x *executor) attempt(ctx context.Context, job *jobs.Job, c store.Claim, how how) (*run.Result, store.Outcome) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	redactor, forget := x.logs.redactor.Lend()
	defer forget()
	kept := &runLog{}
	log := x.logs.logger(redactor, kept).With().Str("job", job.Name).Str("run", c.Run).Int("attempt", c.Attempt).Logger()
	beaten := x.beat(ctx, job, c)
	log.Info().Str("trigger", string(c.Trigger)).Msg("run started")
	_, more := store.Retries(job.Retries)(c.Failures + 1)
	result := x.execute(ctx, run.Request{
		Job: job, Run: c.Run, Tick: c.Tick, Attempt: c.Attempt, Resumed: how.resumed, Progress: how.progress, Log: log, Redactor: redactor, LastTry: !more,
		Hold: func(ctx context.Context) (time.Time, error) {
			until, err := x.ledger.Hold(ctx, c)
			if taken(err) {
				cancel(err) // it ends as if the ledger had ended its context
			}
			return until, err
		},
		Snapshots: x.snapshots(job, c.Tick),
	})
	level := zerolog.InfoLevel
	if result.State == run.Failed {
		level = x.failures
	}
	log.WithLevel(level).Func(errorIf(result.Error)).Int("pages", result.Pages).Int64("records", result.Records).Int("files", len(result.Files)).
		Dur("took_ms", result.FinishedAt.Sub(result.StartedAt)).Msg("run " + string(result.State))
	outcome := store.Outcome{
		State: stateOf(ctx, result), Pages: int64(result.Pages), Records: result.Records, Bytes: result.Bytes,
		Files: ledgerFiles(result.Files), Error: result.Error, Warnings: x.tokens.warn(job.Name, result.Warnings), Final: result.Final,
		Marks: ledgerMarks(result.Marks), Snapshots: ledgerSnapshots(result.Snapshots), Known: result.Known,
		Deliveries: x.owed(ctx, job, c, result),
	}
	if outcome.State == store.Canceled {
		x.runner.Forget(c.Run)
	}
	beaten()
	outcome.Log = kept.String()
	return result, outcome
}

// how an attempt is done.
type how struct {
	progress func(run.Progress)
	resumed  bool // an earlier attempt was cut off
}

// execute asks the ledger what the run has to remember, and runs it.
func (x *executor) execute(ctx context.Context, request run.Request) *run.Result {
	var err error
	if request.Last, err = x.last(ctx, request.Job, request.Tick); err == nil {
		return x.runner.Execute(ctx, request)
	}
	now := time.Now().UTC()
	result := &run.Result{State: run.Failed, StartedAt: now, FinishedAt: now, Err: err, Error: secret.Mask(err.Error())}
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

func ledgerFiles(files []output.Published) []store.File {
	kept := make([]store.File, len(files))
	for i, f := range files {
		kept[i] = store.File{Path: f.Path, Records: f.Records, Bytes: f.Bytes, SHA256: f.SHA256, Output: f.Output}
	}
	return kept
}

// last asks the ledger what the job goes on from at a tick.
func (x *executor) last(ctx context.Context, job *jobs.Job, tick time.Time) (run.Last, error) {
	if x.ledger == nil || !job.Remembers() {
		return run.Last{}, nil
	}
	var last run.Last
	err := x.ledger.Patiently(ctx, func() (err error) {
		last, err = x.remembered(ctx, job, tick)
		return err
	})
	return last, err
}

// owed gives what an attempt's end is told with: its outputs' messages, and
// what the job's people want to hear.
func (x *executor) owed(ctx context.Context, job *jobs.Job, c store.Claim, result *run.Result) []store.NewDelivery {
	ctx = context.WithoutCancel(ctx) // a passed timeout is told, too
	occasion := run.Occasion{Job: job, Run: c.Run, Tick: c.Tick, Attempt: c.Attempt, Error: result.Error, Records: result.Records, Files: result.Files}
	messages := result.Owed
	switch result.State {
	case run.Succeeded:
		messages = append(messages, run.Heartbeats(job, c.Run, c.Attempt, "", "")...)
		messages = append(messages, x.told(ctx, occasion, run.EventSuccess)...)
		if run.Wants(job, run.EventRecovery) && x.failedBefore(ctx, job, c.Tick) {
			messages = append(messages, x.told(ctx, occasion, run.EventRecovery)...)
		}
	case run.Failed:
		messages = append(messages, run.Heartbeats(job, c.Run, c.Attempt, "/fail", result.Error)...)
		messages = append(messages, x.told(ctx, occasion, run.EventFailure)...)
	}
	return x.deliveries(messages)
}

// told makes the notifications of one event. It asks the ledger when the job
// told of it last, unless the ledger is who asks.
func (x *executor) told(ctx context.Context, occasion run.Occasion, event run.Event) []run.Owed {
	if !run.Wants(occasion.Job, event) {
		return nil
	}
	last, err := x.ledger.LastOwed(ctx, occasion.Job.Name, string(event))
	if err != nil {
		x.log.Error().Str("job", occasion.Job.Name).Str("error", secret.Mask(err.Error())).Msg("ask when this was told last")
	}
	x.memory.note(occasion.Job.Name, event, last)
	return x.tell(ctx, occasion, event)
}

// tell is told without a question to the ledger: it is called from within the
// ledger's own transactions.
func (x *executor) tell(ctx context.Context, occasion run.Occasion, event run.Event) []run.Owed {
	occasion.Event, occasion.Told = event, x.memory.last(occasion.Job.Name, event)
	messages, problems := run.Notices(ctx, occasion)
	for _, problem := range problems {
		x.log.Error().Str("job", occasion.Job.Name).Str("error", secret.Mask(problem.Error())).Msg("make a notification")
	}
	if len(messages) > 0 {
		x.memory.note(occasion.Job.Name, event, time.Now())
	}
	return messages
}

func (x *executor) failedBefore(ctx context.Context, job *jobs.Job, tick time.Time) bool {
	runs, err := x.ledger.Runs(ctx, store.Filter{Job: job.Name, States: []store.State{store.Succeeded, store.Failed}, Before: tick, Limit: 1})
	return err == nil && len(runs) == 1 && runs[0].State == store.Failed
}

// deliveries gives messages as the ledger keeps them.
func (x *executor) deliveries(messages []run.Owed) []store.NewDelivery {
	var kept []store.NewDelivery
	for _, m := range messages {
		text, err := m.Encode()
		if err != nil {
			x.log.Error().Str("delivery", m.ID).Str("error", err.Error()).Msg("a message is left out")
			continue
		}
		kept = append(kept, store.NewDelivery{ID: m.ID, Kind: m.Kind, Output: m.Output, Target: m.Target, Body: text})
	}
	return kept
}

// Bounds on the ping at a start: how long it is tried, and how long the end
// of its run waits for it. One that came after the end would say the wrong
// thing.
const (
	startBeatTimeout = 10 * time.Second
	startBeatWait    = 2 * time.Second
)

// beat says at once that a run starts: it is the one message that isn't
// queued. The function that it gives waits for it, and gives up on it.
func (x *executor) beat(ctx context.Context, job *jobs.Job, c store.Claim) (wait func()) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), startBeatTimeout)
	var pings sync.WaitGroup
	for _, m := range run.Heartbeats(job, c.Run, c.Attempt, "/start", "") {
		pings.Go(func() {
			redactor, forget := x.logs.redactor.Lend()
			defer forget()
			text, err := m.Encode()
			if err == nil {
				_, err = run.Deliver(ctx, text, run.Sending{ID: m.ID, Tick: c.Tick, UserAgent: x.runner.UserAgent, Redactor: redactor})
			}
			if err != nil {
				x.log.Warn().Str("job", job.Name).Str("error", redactor.Text(err.Error())).Msg("heartbeat /start")
			}
		})
	}
	return func() {
		defer time.AfterFunc(startBeatWait, cancel).Stop()
		pings.Wait()
		cancel()
	}
}

// errorIf adds an error to a log line where there is one.
func errorIf(text string) func(*zerolog.Event) {
	return func(e *zerolog.Event) {
		if text != "" {
			e.Str("error", text)
		}
	}
}
