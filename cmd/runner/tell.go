package main

import (
	"cmp"
	"context"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/message"
	"speckle-runner/internal/run"
	"speckle-runner/internal/secret"
	"speckle-runner/internal/store"
)

// teller makes what people are told with. It remembers nothing: the ledger
// knows who was told of what, and leaves out what they needn't hear again.
type teller struct {
	job func(name string) *jobs.Job // nil for one that the job file hasn't
	log func(job string, problem error)
}

func (x *executor) teller() teller {
	return teller{job: x.job, log: func(job string, problem error) {
		x.log.Error().Str("job", job).Str("error", secret.Mask(problem.Error())).Msg("make a notification")
	}}
}

// tell makes the notifications of one event.
func (t teller) tell(ctx context.Context, occasion run.Occasion, event run.Event) []message.Owed {
	if !run.Wants(occasion.Job, event) {
		return nil
	}
	occasion.Event = event
	messages, problems := run.Notices(ctx, occasion)
	for _, problem := range problems {
		t.log(occasion.Job.Name, problem)
	}
	return messages
}

// failed tells of a run that has failed.
func (t teller) failed(ctx context.Context, occasion run.Occasion) []store.NewDelivery {
	messages := run.Heartbeats(occasion, "/fail")
	return t.deliveries(occasion.Job, append(messages, t.tell(ctx, occasion, run.EventFailure)...))
}

// undelivered tells of an output's message that was given up. Of a
// notification that was given up nobody is told: it would go the same way. It
// was never told, and the next trouble is.
func (t teller) undelivered(d store.Delivery, why string) []store.NewDelivery {
	if d.Kind != message.KindOutput || t.job == nil || t.job(d.Job) == nil {
		return nil
	}
	job := t.job(d.Job)
	occasion := run.Occasion{
		Job: job, Run: d.Run, Tick: d.Tick, Attempt: d.Attempt, Message: d.ID, Target: d.Target, Cause: d.Target,
		Error: "a message to " + d.Target + " was given up: " + why,
	}
	messages := run.Heartbeats(occasion, "/fail")
	occasion.Error = why
	return t.deliveries(job, append(messages, t.tell(context.Background(), occasion, run.EventUndelivered)...))
}

// ended tells of runs that ended without having run to their end.
func (t teller) ended(e store.End) []store.NewDelivery {
	job := t.job(e.Job)
	if job == nil {
		return nil
	}
	occasion := run.Occasion{Job: job, Run: store.RunID(e.Job, e.Tick), Tick: e.Tick, Error: e.Reason}
	switch e.State {
	case store.Skipped:
		return t.deliveries(job, t.tell(context.Background(), occasion, run.EventSkipped))
	case store.Failed:
		occasion.Cause = cmp.Or(e.Cause, "lost")
		return t.failed(context.Background(), occasion)
	}
	return nil
}

// deliveries gives messages as the ledger keeps them.
func (t teller) deliveries(job *jobs.Job, messages []message.Owed) []store.NewDelivery {
	var kept []store.NewDelivery
	for _, m := range messages {
		text, err := m.Encode()
		if err != nil {
			t.log(job.Name, err)
			continue
		}
		kept = append(kept, store.NewDelivery{
			ID: m.ID, Kind: m.Kind, Output: m.Output, Target: m.Target, Body: text,
			Cause: m.Cause, Cooldown: m.Cooldown, Receiver: m.Receiver, IfTold: m.IfTold,
		})
	}
	return kept
}
