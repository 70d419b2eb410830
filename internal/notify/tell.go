package notify

import (
	"cmp"
	"context"
	"time"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/owed"
	"speckle-runner/internal/store"
)

// Teller makes what people are told with, for the ledger to keep.
type Teller struct {
	Job func(name string) *jobs.Job // nil for one that the job file hasn't
	Log func(job string, problem error)
}

// Succeeded tells of a good run, behind what the run itself owes.
func (t Teller) Succeeded(ctx context.Context, occasion Occasion, made []owed.Message) []owed.Message {
	messages := append(made, Heartbeats(occasion, "")...)
	messages = append(messages, t.tell(ctx, occasion, EventSuccess)...)
	messages = append(messages, t.tell(ctx, occasion, EventRecovery)...)
	return messages
}

// Missed tells of ticks that passed while nothing ran, together, by the run of
// the newest.
func (t Teller) Missed(job *jobs.Job, run string, newest time.Time, count int) []owed.Message {
	occasion := Occasion{Job: job, Run: run, Tick: newest, Missed: count}
	return t.tell(context.Background(), occasion, EventMissed)
}

// Failed tells of a run that has failed.
func (t Teller) Failed(ctx context.Context, occasion Occasion) []owed.Message {
	messages := Heartbeats(occasion, "/fail")
	return append(messages, t.tell(ctx, occasion, EventFailure)...)
}

// Recovered tells that what failed beside the runs, and was told, works again.
func (t Teller) Recovered(ctx context.Context, occasion Occasion) []owed.Message {
	return append(Heartbeats(occasion, ""), t.tell(ctx, occasion, EventRecovery)...)
}

// Undelivered tells of an output's message that was given up. Of a
// notification that was given up nobody is told: it would go the same way. It
// was never told, and the next trouble is.
func (t Teller) Undelivered(d store.Delivery, why string) []owed.Message {
	if d.Kind != owed.KindOutput || t.Job == nil || t.Job(d.Job) == nil {
		return nil
	}
	job := t.Job(d.Job)
	occasion := Occasion{
		Job: job, Run: d.Run, Tick: d.Tick, Attempt: d.Attempt, Message: d.ID, Target: d.Target, Cause: d.Target,
		Error: "a message to " + d.Target + " was given up: " + why,
	}
	messages := Heartbeats(occasion, "/fail")
	occasion.Error = why
	return append(messages, t.tell(context.Background(), occasion, EventUndelivered)...)
}

// Ended tells of runs that ended without having run to their end.
func (t Teller) Ended(e store.End) []owed.Message {
	job := t.Job(e.Job)
	if job == nil {
		return nil
	}
	occasion := Occasion{Job: job, Run: store.VersionRunID(e.Job, e.Tick, e.Version), Tick: e.Tick, Error: e.Reason}
	switch e.State {
	case store.Skipped:
		return t.tell(context.Background(), occasion, EventSkipped)
	case store.Failed:
		occasion.Cause = cmp.Or(e.Cause, "lost")
		return t.Failed(context.Background(), occasion)
	}
	return nil
}

// tell makes the notifications of one event.
func (t Teller) tell(ctx context.Context, occasion Occasion, event Event) []owed.Message {
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
