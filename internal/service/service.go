package service

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/message"
	"speckle-runner/internal/notify"
	"speckle-runner/internal/output"
	"speckle-runner/internal/output/blob"
	"speckle-runner/internal/run"
	"speckle-runner/internal/scheduler"
	"speckle-runner/internal/secret"
	"speckle-runner/internal/speckle"
	"speckle-runner/internal/store"
)

// Service does attempts that the ledger has given out: it brings together the
// room that runs and the room that remembers, for `run` and for `serve`.
type Service struct {
	runner *run.Runner
	ledger *store.Store
	logs   Logs
	log    zerolog.Logger
	// failures is the level that a failed run is logged at: of an error, or
	// lower where a summary tells it, too.
	failures zerolog.Level
	// job gives a job of the file in force, nil for one that it hasn't: people
	// are told of runs and messages of jobs that nobody runs here at the moment.
	job    func(name string) *jobs.Job
	tokens *preflights // nil: nobody asks about tokens outside of runs
	keeper keeper
	own    []output.Guarded // files of the ledger
	file   *jobs.File       // of runs by hand

	version  string
	observer Observer
	dry      bool // nothing is published or written down
}

// Logs is where a service logs.
type Logs struct {
	Redactor *secret.Redactor // of the process; runs are lent theirs from it
	// Logger makes a logger that leaves out the secrets that a redactor knows. What
	// it logs goes to also, too, as text for people; nil: nowhere else.
	Logger func(redactor *secret.Redactor, also io.Writer) zerolog.Logger
}

// Options say what a service is made of.
type Options struct {
	File      *jobs.File       // in force from the start
	OutputDir string           // that file outputs are below
	Ledger    *store.Store     // its opener closes it; nil only for a dry run
	Own       []output.Guarded // files of the ledger: no output takes their place
	Version   string           // of the program
	Logs      Logs
	Observer  Observer // is shown runs by hand; nil: nobody looks
	DryRun    bool     // runs are tried: nothing is published, and nothing written down
}

// New opens the output folder, and finishes what a killed process had
// decided to publish. Close it at the end.
func New(o Options) (*Service, error) {
	dir, err := output.OpenDir(o.OutputDir)
	if err != nil {
		return nil, fmt.Errorf("--output-dir %s: %w", o.OutputDir, err)
	}
	x := &Service{
		runner: &run.Runner{Dir: dir, Limiters: speckle.NewLimiters(), Transport: speckle.NewTransport(), UserAgent: UserAgent(o.Version)},
		ledger: o.Ledger, logs: o.Logs, log: o.Logs.Logger(o.Logs.Redactor, nil), failures: zerolog.InfoLevel,
		own: o.Own, file: o.File, job: o.File.Job, version: o.Version, observer: o.Observer, dry: o.DryRun,
	}
	if x.observer == nil {
		x.observer = nobody{}
	}
	if !x.dry {
		if err := x.recover(); err != nil {
			x.Close()
			return nil, err
		}
	}
	x.guard(o.File)
	if x.ledger != nil {
		x.ledger.Ended(x.teller().Ended)
	}
	return x, nil
}

// recover finishes what a killed process had decided to publish.
func (x *Service) recover() error {
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

// finishStorage puts right what killed runs left half done in storage. It needs a
// network, so that no start waits for it; what can't be done now is tried again.
func (x *Service) finishStorage(ctx context.Context) {
	err := blob.Finish(ctx, x.runner.Dir, "", func(run, what string) { x.log.Warn().Str("run", run).Msg(what) })
	if err != nil && ctx.Err() == nil {
		x.log.Warn().Str("error", err.Error()).Msg("it is tried again within the hour, and before the job's next run publishes")
	}
}

// Close waits for what goes on beside the runs, and lets everything go.
func (x *Service) Close() {
	x.keeper.wait()
	x.runner.Transport.CloseIdleConnections()
	x.runner.Dir.Close()
}

// UserAgent is how a version of this program names itself to servers.
func UserAgent(version string) string { return "speckle-runner/" + version }

// attempt executes one attempt and gives how it ended, for people and for the
// ledger, and when another one follows; zero: none does.
func (x *Service) attempt(ctx context.Context, job *jobs.Job, c store.Claim, how how) (*run.Result, store.Outcome, time.Time) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	redactor, forget := x.logs.Redactor.Lend()
	defer forget()
	kept := &runLog{}
	log := x.logs.Logger(redactor, kept).With().Str("job", job.Name).Str("run", c.Run).Int("attempt", c.Attempt).Logger()
	beaten := x.beat(ctx, job, c)
	log.Info().Str("trigger", string(c.Trigger)).Msg("run started")
	result := x.execute(ctx, run.Request{
		Job: job, Run: c.Run, Tick: c.Tick, Attempt: c.Attempt, Resumed: how.resumed, Progress: how.progress, Log: log, Redactor: redactor,
		LastTry: x.again(job, c, how, store.Outcome{State: store.Failed, Passing: true}).IsZero(), AcceptShrink: how.acceptShrink,
		Hold: func(ctx context.Context) (time.Time, error) {
			until, err := x.ledger.Hold(ctx, c)
			if taken(err) {
				cancel(err) // it ends as if the ledger had ended its context
			}
			return until, err
		},
		Snapshots: x.snapshots(job, c.Tick), Tables: x.tables(job), TokenEnds: x.tokenEnds(ctx, job),
	})
	x.tokens.learn(job, result)
	outcome := store.Outcome{
		State: stateOf(ctx, result), Pages: int64(result.Pages), Records: result.Records, Bytes: result.Bytes,
		Files: ledgerFiles(result.Files), Error: result.Error, Warnings: x.tokens.warn(job.Name, result.Warnings), Final: result.Final,
		Passing: result.Passing, After: result.After, Cause: result.Cause,
		Marks: ledgerMarks(result.Marks), Snapshots: ledgerSnapshots(result.Snapshots), Known: result.Known,
		Tables: ledgerTables(result.Tables),
	}
	again := x.again(job, c, how, outcome)
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
func (x *Service) again(job *jobs.Job, c store.Claim, how how, o store.Outcome) time.Time {
	if o.State != store.Failed || o.Final {
		return time.Time{}
	}
	now := time.Now()
	f := c.Failing(o, now)
	if how.byHand {
		f.Trigger, f.Failures = store.Manual, how.failed+1
		f.Since = c.Began
		if how.failed > 0 {
			f.Since = how.since
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
	log.WithLevel(level).Func(errorIf(result.Error)).Int("pages", result.Pages).Int64("records", result.Records).Int("files", len(result.Files)).
		Dur("took_ms", result.FinishedAt.Sub(result.StartedAt)).Msg(text)
}

// how an attempt is done.
type how struct {
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
	if request.Last, err = x.last(ctx, request.Job, request.Tick); err == nil {
		return x.runner.Execute(ctx, request)
	}
	now := time.Now().UTC()
	result := &run.Result{State: run.Failed, StartedAt: now, FinishedAt: now, Err: err, Error: secret.Mask(err.Error()), Cause: "ledger"}
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
func (x *Service) last(ctx context.Context, job *jobs.Job, tick time.Time) (run.Last, error) {
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

// owed gives what a run's end is told with, should this attempt be its end: in
// any case, and only if the run has failed then.
func (x *Service) owed(ctx context.Context, job *jobs.Job, c store.Claim, result *run.Result) (owed, failure []store.NewDelivery) {
	ctx = context.WithoutCancel(ctx) // a passed timeout is told, too
	t := x.teller()
	occasion := notify.Occasion{
		Job: job, Run: c.Run, Tick: c.Tick, Attempt: c.Attempt, Error: result.Error, Cause: result.Cause, Records: result.Records, Files: result.Files,
	}
	if result.State != run.Succeeded {
		return nil, t.Failed(ctx, occasion)
	}
	messages := append(result.Owed, notify.Heartbeats(occasion, "")...)
	messages = append(messages, t.Tell(ctx, occasion, notify.EventSuccess)...)
	messages = append(messages, t.Tell(ctx, occasion, notify.EventRecovery)...)
	return t.Deliveries(job, messages), nil
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
func (x *Service) beat(ctx context.Context, job *jobs.Job, c store.Claim) (wait func()) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), startBeatTimeout)
	var pings sync.WaitGroup
	for _, m := range notify.Heartbeats(notify.Occasion{Job: job, Run: c.Run, Attempt: c.Attempt}, "/start") {
		pings.Go(func() {
			redactor, forget := x.logs.Redactor.Lend()
			defer forget()
			text, err := m.Encode()
			if err == nil {
				_, err = message.Deliver(ctx, text, message.Sending{ID: m.ID, Tick: c.Tick, UserAgent: x.runner.UserAgent, Redactor: redactor})
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

func (x *Service) teller() notify.Teller {
	return notify.Teller{Job: x.job, Log: func(job string, problem error) {
		x.log.Error().Str("job", job).Str("error", secret.Mask(problem.Error())).Msg("make a notification")
	}}
}

// sender sends what the ledger says is owed.
func (x *Service) sender() Sender {
	return Sender{UserAgent: x.runner.UserAgent, Redactor: x.logs.Redactor, Teller: x.teller()}
}
