package run

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"time"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/said"
	"speckle-runner/internal/speckle/split"
)

// Execute runs one attempt. It gives a result for every outcome, also for a
// panic.
func (r *Runner) Execute(ctx context.Context, req Request) *Result {
	ctx, cancel := context.WithTimeoutCause(ctx, req.Job.Timeout, &timeoutError{req.Job.Timeout})
	defer cancel()
	return newAttempt(r, req).execute(ctx)
}

// attempt is one attempt under way. It only calls the reader and the publisher in turn.
type attempt struct {
	*task
	reader *reader
}

func newAttempt(r *Runner, req Request) *attempt {
	t := newTask(r, req)
	return &attempt{task: t, reader: newReader(t)}
}

func (a *attempt) execute(ctx context.Context) *Result {
	a.finish(ctx, a.guarded(ctx))
	a.reader.kept.close(a.result)
	return a.result
}

// guarded makes an error of a panic: a fault in one job must not end the process that
// the other jobs depend on.
func (a *attempt) guarded(ctx context.Context) (err error) {
	defer func() {
		if p := recover(); p != nil {
			stack := debug.Stack()
			if beside, is := p.(*split.PanicError); is {
				stack = append(beside.Trace, stack...)
			}
			a.Log.Error().Str("stack", string(stack)).Msgf("panic: %v", p)
			err = said.Broke(p)
		}
	}()
	return a.steps(ctx)
}

// asSpooled reports whether an output's file is the same, byte for byte, as a spool.
func asSpooled(o jobs.Output) bool { return o.IsFile() && !o.Append && o.Format.String() == "ndjson" }

func (a *attempt) steps(ctx context.Context) error {
	if err := Supported(a.Job); err != nil {
		return err
	}
	spool, err := a.runner.Dir.NewSpool(a.Run)
	if err != nil {
		return err
	}
	defer spool.Close()
	if a.Job.Summarize == nil && slices.ContainsFunc(a.Job.Outputs, asSpooled) {
		spool.MayBeExport()
	}
	read, err := a.reader.read(ctx, spool)
	if err != nil {
		return err
	}
	publisher := newPublisher(a.task, read)
	if a.DryRun {
		return (&rehearsal{publisher}).run(ctx)
	}
	return publisher.publish(ctx)
}

func (a *attempt) finish(ctx context.Context, err error) {
	r := a.result
	r.FinishedAt = time.Now().UTC()
	if err == nil {
		r.State = Succeeded
		return
	}
	cause := context.Cause(ctx)
	r.State = Failed
	switch {
	case cause != nil && errors.Is(ctx.Err(), context.Canceled):
		r.State, err = Interrupted, cause // the error of what it was doing is only a consequence
	case as[*timeoutError](cause):
		late, _ := errors.AsType[*timeoutError](cause)
		err = a.outOfTime(late, err)
	case cause != nil && !errors.Is(err, cause):
		// A cut network and a passed deadline both end a read: the cause is
		// what a person can act on.
		err = fmt.Errorf("%w (it was at: %w)", cause, err)
	}
	bare := a.words().Text(err.Error()) // advice isn't what happened
	err = a.withAdvice(err)
	r.Owed, r.Marks, r.Renewed, r.Snapshots, r.Tables, r.Known = nil, nil, nil, nil, nil, nil
	r.Err, r.Error = err, a.words().Text(err.Error())
	r.Cause, r.Reason = causeOf(err, bare), reasonOf(err)
	r.Final = a.reader.mutated || r.State == Failed && final(err)
	if r.State == Failed && !r.Final {
		r.Passing, r.After = passing(err)
	}
}
