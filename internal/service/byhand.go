package service

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/patience"
	"speckle-runner/internal/run"
	"speckle-runner/internal/said"
	"speckle-runner/internal/secret"
	"speckle-runner/internal/store"
	"speckle-runner/internal/tracing"
)

// Ended is the end of a run by hand.
type Ended struct {
	Record    store.Run
	Result    *run.Result
	Delivered Deliveries
	Rehearsed bool // it was a dry run, and went well

	Began    time.Time // when the first attempt began
	Attempts int       // made by this process

	// Earlier are the messages that had arrived before: of a run that is done again.
	Earlier map[string]bool
}

// RunAll runs jobs side by side and gives their ends in the same order.
func (x *Service) RunAll(ctx context.Context, orders []Order, parallel int) []Ended {
	ends := make([]Ended, len(orders))
	slots := make(chan struct{}, parallel)
	var running sync.WaitGroup
	for i, order := range orders {
		select {
		case slots <- struct{}{}:
		case <-ctx.Done():
			ends[i] = Ended{Record: store.Run{Job: order.Job.Name}}.broken(fmt.Errorf("not begun: %w", context.Canceled))
			continue
		}
		running.Go(func() {
			defer func() { <-slots }()
			ends[i] = x.RunNow(ctx, order)
		})
	}
	running.Wait()
	return ends
}

// RunNow runs one job, with its retries, and delivers what it owes.
func (x *Service) RunNow(ctx context.Context, o Order) Ended {
	shown := x.observer.Begun(cmp.Or(o.Label, o.Job.Name))
	defer shown.Done()
	version, err := x.orderedVersion(ctx, &o, shown)
	if err != nil {
		return Ended{Record: store.Run{Job: o.Job.Name, Tick: o.Tick}}.broken(err)
	}
	if x.dry {
		return x.dryRun(ctx, o, version, shown)
	}
	end := x.attempts(ctx, o, shown)
	if end.Record.Run == "" {
		return end
	}
	record, err := x.ledger.Run(context.WithoutCancel(ctx), end.Record.Run) // also after an interrupt
	if err == nil && len(record.Deliveries) > 0 {
		x.deliverNow(ctx, &end, o.DeliverFor, shown)
		record, err = x.ledger.Run(context.WithoutCancel(ctx), end.Record.Run)
	}
	if err != nil {
		return end.broken(err)
	}
	end.Record = record
	return end
}

// attempts runs a job until it succeeds or its retries are used up.
func (x *Service) attempts(ctx context.Context, o Order, shown RunObserver) Ended {
	job, tick, began, earlier := o.Job, o.Tick, time.Time{}, map[string]bool(nil)
	options := attemptOptions{progress: shown.Progress, byHand: true, acceptShrink: o.AcceptShrink}
	var failed Ended
	var untold store.Outcome // of failed: people hear of it when the last attempt has failed
	for attempt := 1; ; attempt++ {
		claim, runCtx, err := x.ledger.Begin(ctx, store.Begin{
			Job: job.Name, Tick: tick, Trigger: o.Trigger, Force: o.Force, Server: job.Server.Origin(),
			Generation: x.file.Hash, QueryHash: job.QueryHash(),
		})
		if err != nil {
			if errors.Is(err, store.ErrRunning) && attempt > 1 {
				untold.Error = failed.Result.Error + "; it isn't tried again: " + err.Error()
				failed.Result.Error = untold.Error
				return x.endWaiting(ctx, failed, tick, untold)
			}
			if errors.Is(err, store.ErrRunning) && o.Trigger != store.Backfill {
				err = fmt.Errorf("%w (--force runs it anyway)", err)
			}
			return Ended{Record: store.Run{Job: job.Name, Tick: tick}}.broken(err)
		}
		tick = claim.Tick
		if attempt == 1 && claim.Attempt > 1 {
			earlier = x.arrived(ctx, claim.Run)
		}
		result, outcome, next := x.attemptUntil(ctx, runCtx, job, claim, options)
		more := !next.IsZero()
		if more {
			untold = store.Outcome{State: store.Failed, Cause: outcome.Cause, Failure: outcome.Failure}
			outcome.Failure = nil
		}
		if attempt == 1 {
			began, options.since = result.StartedAt, claim.Began
		}
		end := Ended{Record: store.Run{Run: claim.Run, Job: job.Name}, Result: result, Began: began, Attempts: attempt, Earlier: earlier}
		if err := x.ledger.Finish(context.WithoutCancel(ctx), claim, outcome); err != nil {
			if errors.Is(err, store.ErrFenced) {
				x.noteFenced(claim, outcome)
			}
			return end.broken(err)
		}
		x.runner.InLedger(claim.Run, claim.Attempt)
		if result.State == run.Succeeded {
			x.keeper.ask(job, claim.Run, x.tidy)
		}
		if !more {
			x.traceTickEnd(tracing.Tick{Job: job.Name, Run: claim.Run, Tick: tick}, outcome.State)
			return end
		}
		pause := time.Until(next)
		shown.Waiting(failedAttempt(job, result, attempt), result.Error, pause)
		if patience.Wait(ctx, pause) != nil {
			return x.interrupted(ctx, end, tick)
		}
		options.failed++
		failed = end
	}
}

// arrived gives the messages of a run that its receivers have taken so far.
func (x *Service) arrived(ctx context.Context, id string) map[string]bool {
	record, err := x.ledger.Run(ctx, id)
	if err != nil {
		return nil // it is for what people are told alone
	}
	taken := map[string]bool{}
	for _, one := range record.Deliveries {
		if one.State == store.DeliveryDelivered {
			taken[one.ID] = true
		}
	}
	return taken
}

// failedAttempt says which attempt failed, and of how many where that is known.
func failedAttempt(job *jobs.Job, result *run.Result, attempt int) string {
	if job.RetryForGiven && !job.RetriesGiven && result.Passing {
		return fmt.Sprintf("attempt %d failed", attempt)
	}
	return fmt.Sprintf("attempt %d of %d failed", attempt, job.Retries+1)
}

// interrupted ends a run that somebody stopped while it waited for its next attempt.
func (x *Service) interrupted(ctx context.Context, end Ended, tick time.Time) Ended {
	end.Result.State = run.Interrupted
	return x.endWaiting(ctx, end, tick, store.Outcome{State: store.Interrupted,
		Error: "interrupted before its next attempt, after: " + end.Result.Error})
}

// endWaiting ends a run that waited for its next attempt and gets none. The ledger has it as
// failed until then, and as one of which nobody was told.
func (x *Service) endWaiting(ctx context.Context, end Ended, tick time.Time, o store.Outcome) Ended {
	x.traceTickEnd(tracing.Tick{Job: end.Record.Job, Run: end.Record.Run, Tick: tick}, o.State)
	last := context.WithoutCancel(ctx)
	claim, _, err := x.ledger.Begin(last, store.Begin{Job: end.Record.Job, Tick: tick, Force: true}) // whatever else runs: nothing is done
	if err == nil {
		err = x.ledger.Finish(last, claim, o)
	}
	if err != nil {
		return end.broken(err)
	}
	return end
}

// attemptUntil makes an attempt that ends with the process's context (ctx) or with
// the ledger's (runCtx), whichever ends first.
func (x *Service) attemptUntil(ctx, runCtx context.Context, job *jobs.Job, claim store.Claim, options attemptOptions) (*run.Result,
	store.Outcome, time.Time) {
	runCtx, cancel := context.WithCancelCause(runCtx)
	defer cancel(nil)
	defer context.AfterFunc(ctx, func() { cancel(context.Cause(ctx)) })()
	return x.attempt(runCtx, job, claim, options)
}

// dryRun reads and checks, and writes nothing anywhere, not in the ledger either.
func (x *Service) dryRun(ctx context.Context, o Order, v store.Version, shown RunObserver) Ended {
	job, tick := o.Job, o.Tick
	if tick.IsZero() {
		tick = time.Now().UTC().Truncate(time.Microsecond)
	}
	last, err := x.last(ctx, job, tick)
	if err != nil {
		return Ended{Record: store.Run{Job: job.Name, Tick: tick}}.broken(err)
	}
	redactor, forget := x.logs.Redactor.Lend()
	defer forget()
	id := store.VersionRunID(job.Name, tick, v.ID)
	result := x.runner.Execute(ctx, run.Request{
		Job: job, Run: id, Tick: tick, Attempt: 1, Of: refOf(job, v), Last: last, DryRun: true, Shown: o.Shown, AcceptShrink: o.AcceptShrink,
		Progress: shown.Progress, Snapshots: x.snapshots(job, tick),
		Tables: x.tables(job), TokenEnds: x.tokenEnds(ctx, job),
		Log: x.logs.Logger(redactor, nil).With().Str("job", job.Name).Logger(), Redactor: redactor,
	})
	started, finished := result.StartedAt, result.FinishedAt
	return Ended{Result: result, Rehearsed: result.State == run.Succeeded, Record: store.Run{
		Run: id, Job: job.Name, Tick: tick, State: store.State(result.State), Attempt: 1, Trigger: store.Manual,
		StartedAt: &started, FinishedAt: &finished, Pages: int64(result.Pages), Records: result.Records,
		Files: []store.File{}, Deliveries: []store.RunDelivery{}, Error: result.Error, Warnings: append([]string{}, result.Warnings...),
		Unchanged: result.Unchanged,
	}}
}

// deliverNow sends what the run owes. What is left stays in the ledger, for
// `runner serve` or `runner redeliver`.
func (x *Service) deliverNow(ctx context.Context, end *Ended, patience time.Duration, shown RunObserver) {
	if ctx.Err() != nil {
		return // after an interrupt, serve or redeliver sends them
	}
	var err error
	end.Delivered, err = x.sender().Deliver(ctx, end.Record.Run, Delivering{x.ledger, patience, shown.Doing})
	if err != nil {
		*end = end.broken(err)
	}
	if len(end.Delivered.Stopped) > 0 {
		x.log.Warn().Str("run", end.Record.Run).Strs("receivers", end.Delivered.Stopped).Dur("deliver_for_ms", patience).
			Msg("stopped delivering: no other try is due within --deliver-for; runner serve goes on with what is left")
	}
}

// broken gives the end of a run that couldn't begin, or whose end couldn't be written
// to the ledger.
func (end Ended) broken(err error) Ended {
	now := time.Now().UTC()
	text := secret.Mask(said.Plain(err))
	state := run.Failed
	if errors.Is(err, context.Canceled) {
		state = run.Interrupted
	}
	end.Result = &run.Result{State: state, StartedAt: now, FinishedAt: now, Err: err, Error: text, Final: true}
	end.Record = store.Run{
		Run: end.Record.Run, Job: end.Record.Job, Tick: cmp.Or(end.Record.Tick, now),
		State: store.State(state), Trigger: store.Manual, StartedAt: &now, FinishedAt: &now,
		Files: []store.File{}, Deliveries: []store.RunDelivery{}, Error: text, Warnings: []string{},
	}
	return end
}
