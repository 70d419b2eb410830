package notify

import (
	"cmp"
	"context"
	"time"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/message"
	"speckle-runner/internal/store"
)

// Teller makes what people are told with, as the ledger keeps it.
type Teller struct {
	Job func(name string) *jobs.Job // nil for one that the job file hasn't
	Log func(job string, problem error)
}

// Succeeded tells of a good run, behind what the run itself owes.
func (t Teller) Succeeded(ctx context.Context, occasion Occasion, owed []message.Owed) []store.NewDelivery {
	messages := append(owed, Heartbeats(occasion, "")...)
	messages = append(messages, t.tell(ctx, occasion, EventSuccess)...)
	messages = append(messages, t.tell(ctx, occasion, EventRecovery)...)
	return t.deliveries(occasion.Job, messages)
}

// Missed tells of ticks that passed while nothing ran, together.
func (t Teller) Missed(job *jobs.Job, newest time.Time, count int) []store.NewDelivery {
	occasion := Occasion{Job: job, Run: store.RunID(job.Name, newest), Tick: newest, Missed: count}
	return t.deliveries(job, t.tell(context.Background(), occasion, EventMissed))
}

// Failed tells of a run that has failed.
func (t Teller) Failed(ctx context.Context, occasion Occasion) []store.NewDelivery {
	messages := Heartbeats(occasion, "/fail")
	return t.deliveries(occasion.Job, append(messages, t.tell(ctx, occasion, EventFailure)...))
}

// Undelivered tells of an output's message that was given up. Of a
// notification that was given up nobody is told: it would go the same way. It
// was never told, and the next trouble is.
func (t Teller) Undelivered(d store.Delivery, why string) []store.NewDelivery {
	if d.Kind != message.KindOutput || t.Job == nil || t.Job(d.Job) == nil {
		return nil
	}
	job := t.Job(d.Job)
	occasion := Occasion{
		Job: job, Run: d.Run, Tick: d.Tick, Attempt: d.Attempt, Message: d.ID, Target: d.Target, Cause: d.Target,
		Error: "a message to " + d.Target + " was given up: " + why,
	}
	messages := Heartbeats(occasion, "/fail")
	occasion.Error = why
	return t.deliveries(job, append(messages, t.tell(context.Background(), occasion, EventUndelivered)...))
}

// Ended tells of runs that ended without having run to their end.
func (t Teller) Ended(e store.End) []store.NewDelivery {
	job := t.Job(e.Job)
	if job == nil {
		return nil
	}
	occasion := Occasion{Job: job, Run: store.RunID(e.Job, e.Tick), Tick: e.Tick, Error: e.Reason}
	switch e.State {
	case store.Skipped:
		return t.deliveries(job, t.tell(context.Background(), occasion, EventSkipped))
	case store.Failed:
		occasion.Cause = cmp.Or(e.Cause, "lost")
		return t.Failed(context.Background(), occasion)
	}
	return nil
}

// tell makes the notifications of one event.
func (t Teller) tell(ctx context.Context, occasion Occasion, event Event) []message.Owed {
	if !Wants(occasion.Job, event) {
		return nil
	}
	occasion.Event = event
	messages, problems := Notices(ctx, occasion)
	for _, problem := range problems {
		t.Log(occasion.Job.Name, problem)
	}
	return messages
}

// deliveries gives messages as the ledger keeps them.
func (t Teller) deliveries(job *jobs.Job, messages []message.Owed) []store.NewDelivery {
	var kept []store.NewDelivery
	for _, m := range messages {
		text, err := m.Encode()
		if err != nil {
			t.Log(job.Name, err)
			continue
		}
		kept = append(kept, store.NewDelivery{
			ID: m.ID, Kind: m.Kind, Output: m.Output, Target: m.Target, Body: text,
			Cause: m.Cause, Cooldown: m.Cooldown, Receiver: m.Receiver, IfTold: m.IfTold,
		})
	}
	return kept
}
