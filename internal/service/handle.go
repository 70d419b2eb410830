package service

import (
	"context"
	"errors"
	"time"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/notify"
	"speckle-runner/internal/store"
	"speckle-runner/internal/tracing"
)

// handle does one attempt that the queue has given out.
func (v *serving) handle(ctx context.Context, c store.Claim) store.Outcome {
	job := v.scheduler.Job(c.Job)
	if job == nil {
		return store.Outcome{State: store.Canceled, Error: "the job was taken out of the job file before the run began"}
	}
	// Attempt counts those that were cut off, too; Failures doesn't.
	cutOff := c.Attempt > c.Failures+1
	switch {
	case job.Disabled && (c.Trigger == store.Schedule || c.Trigger == store.CatchUp || c.Trigger == store.OnVersion):
		return store.Outcome{State: store.Canceled, Error: "the job was disabled before the run began"}
	case job.Mutation && cutOff:
		why := "an earlier attempt was cut off, and its mutation may have been carried out: it isn't done again"
		return store.Outcome{State: store.Failed, Final: true, Error: why, Failure: v.teller().Failed(ctx, notify.Occasion{
			Job: job, Run: c.Run, Tick: c.Tick, Attempt: c.Attempt, Error: why, Cause: "cut off",
		})}
	}
	began := time.Now()
	v.metrics.Begun(lateness(job, c, began))
	progress, forget := v.underway.follow(c.Run)
	unwatch := watchStuck(v.log, v.metrics.Stuck, job, c)
	result, outcome, next := v.attempt(ctx, job, c, attemptOptions{resumed: cutOff, progress: progress})
	unwatch()
	forget()
	v.metrics.Done(job.Name, time.Since(began), outcome)
	if !next.IsZero() {
		v.metrics.TriedAgain(job.Name, result.Reason)
	}
	if errors.Is(result.Err, store.ErrFenced) || errors.Is(context.Cause(ctx), store.ErrFenced) {
		v.metrics.Lost()
	}
	return outcome
}

// observe is called with every end after the ledger has it.
func (v *serving) observe(e store.Event) {
	v.runner.InLedger(e.Run, e.Attempt)
	if e.Final {
		v.traceTickEnd(tracing.Tick{Job: e.Job, Run: e.Run, Tick: e.Tick}, e.State)
		v.metrics.Ended(e.Job, e.State, 1)
		v.ends.add(len(v.scheduler.File().Jobs))
	} else if e.State == store.Interrupted {
		v.metrics.TriedAgain(e.Job, string(store.Interrupted))
	}
	job := v.scheduler.Job(e.Job)
	if job == nil {
		return
	}
	if e.Final && !job.Mutation {
		v.runner.Forget(e.Run) // no later attempt needs what a killed one has kept
	}
	if e.State == store.Succeeded {
		v.keeper.ask(job, e.Run, v.tidy)
	}
}

// deliver sends one delivery that the ledger has given out. A try that fails is logged by the
// ledger, which knows when the next one is due.
func (v *serving) deliver(ctx context.Context, d store.Delivery) store.DeliveryResult {
	sent, why := v.sender().send(ctx, d)
	v.metrics.Delivered(why == "")
	if note := sent.Note(); note != "" {
		v.log.Warn().Str("job", d.Job).Str("run", d.Run).Str("delivery", d.ID).Str("answer", note).
			Msg("delivered to " + d.Target + ", but look at its answer")
	}
	return sent
}

// missed makes the notices about ticks that passed while nothing ran.
func (v *serving) missed(job *jobs.Job, newest time.Time, count int) []store.NewDelivery {
	return v.teller().Missed(job, store.RunID(job.Name, newest), newest, count)
}
