package notify

import (
	"cmp"
	"context"
	"time"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/owed"
	"speckle-runner/internal/store"
)

// Teller makes the notices and heartbeats of events, for the ledger to keep and send.
type Teller struct {
	Job func(name string) *jobs.Job     // nil for a job that the job file doesn't have
	Log func(job string, problem error) // is called with each notice that can't be made
}

// Succeeded adds to a run's own messages those about its success.
func (t Teller) Succeeded(ctx context.Context, occasion Occasion, ofRun []owed.Message) []owed.Message {
	messages := append(ofRun, Heartbeats(occasion, "")...)
	messages = append(messages, t.tell(ctx, occasion, EventSuccess)...)
	messages = append(messages, t.tell(ctx, occasion, EventRecovery)...)
	return messages
}

// Missed makes one notice about all ticks that passed while nothing ran; run is that of
// the newest.
func (t Teller) Missed(job *jobs.Job, run string, newest time.Time, count int) []owed.Message {
	occasion := Occasion{Job: job, Run: run, Tick: newest, Missed: count}
	return t.tell(context.Background(), occasion, EventMissed)
}

// Failed makes the messages about a run that has failed.
func (t Teller) Failed(ctx context.Context, occasion Occasion) []owed.Message {
	messages := Heartbeats(occasion, "/fail")
	return append(messages, t.tell(ctx, occasion, EventFailure)...)
}

// Recovered makes the messages about something that works again and isn't a run, such as
// looks for new versions.
func (t Teller) Recovered(ctx context.Context, occasion Occasion) []owed.Message {
	return append(Heartbeats(occasion, ""), t.tell(ctx, occasion, EventRecovery)...)
}

// Undelivered makes the messages about an output's message that was given up. There are
// none about a notice that was given up: they would go to the same receiver. The ledger
// takes that notice as never told, so the next trouble is told again.
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

// Ended makes the messages about runs that the ledger itself has ended.
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

// tell makes the notices of one event.
func (t Teller) tell(ctx context.Context, occasion Occasion, event Event) []owed.Message {
	if !wants(occasion.Job, event) {
		return nil
	}
	occasion.Event = event
	messages, problems := Notices(ctx, occasion)
	for _, problem := range problems {
		t.Log(occasion.Job.Name, problem)
	}
	return messages
}
