package service

import (
	"context"

	"speckle-runner/internal/run"
	"speckle-runner/internal/store"
	"speckle-runner/internal/tracing"
)

// traceAttempt begins the part of a tick's trace that is one attempt. done ends it,
// and says how the attempt ended.
func (x *Service) traceAttempt(ctx context.Context, c store.Claim) (in context.Context, done func(*run.Result)) {
	in, span := tracing.Start(x.traces.Begin(ctx, tracing.Tick{Job: c.Job, Run: c.Run, Tick: c.Tick}), "run")
	span.Text("runner.job", c.Job)
	span.Text("runner.run", c.Run)
	span.Text("runner.trigger", string(c.Trigger))
	span.Number("runner.attempt", int64(c.Attempt))
	return in, func(r *run.Result) {
		span.Text("runner.state", string(r.State))
		span.Number("runner.pages", int64(r.Pages))
		span.Number("runner.records", r.Records)
		span.Number("runner.bytes", r.Bytes)
		span.Number("runner.files", int64(len(r.Files)))
		if r.State == run.Failed {
			span.Failed(r.Reason)
		}
		span.End()
	}
}

// traceTickEnd ends a tick's trace.
func (x *Service) traceTickEnd(tick tracing.Tick, state store.State) {
	x.traces.EndTick(tick, string(state), state == store.Failed || state == store.Missed || state == store.Interrupted)
}
