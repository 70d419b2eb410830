package notify

import (
	"fmt"
	"time"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/output/note"
	"speckle-runner/internal/output/target"
)

// Event is what a notification is about, in the words of the job file.
type Event string

// The events of docs/job-file.md, notify.
const (
	EventFailure  Event = "failure"
	EventRecovery Event = "recovery" // the first good run after failures that were told
	EventSuccess  Event = "success"
	EventMissed   Event = "missed"
	EventSkipped  Event = "skipped"
	// EventUndelivered is about an output's message that was given up.
	EventUndelivered Event = "undelivered"
)

// Occasion is something that people may want to hear of a job.
type Occasion struct {
	Job     *jobs.Job
	Event   Event
	Run     string
	Tick    time.Time
	Attempt int    // 0: the run never began
	Error   string // without secrets
	Records int64
	Files   []target.Published
	Missed  int    // ticks that were missed together
	Target  string // of a message that was given up: who should have had it
	Message string // its id
	// Cause says why, in the same words each time: a cooldown holds for one event and
	// one cause.
	Cause string
}

// id gives the webhook-id of the notice for entry i of notify, counted from 0. A message
// that is given up again, after a redeliver, gets a notice with another id.
func (o *Occasion) id(what string, i int) string {
	about := o.Run
	if o.Message != "" {
		about = o.Message
	}
	return fmt.Sprintf("%s.%d.%s.%d", about, o.Attempt, what, i+1)
}

func (o *Occasion) fields() map[string]any {
	fields := map[string]any{
		"event": string(o.Event), "job": o.Job.Name, "run": o.Run, "tick": rfc3339(o.Tick),
		"description": o.Job.Description, "error": o.Error, "records": int(o.Records),
	}
	if o.Event == EventMissed {
		fields["missed"] = o.Missed
	}
	if o.Event == EventUndelivered {
		fields["target"] = o.Target
	}
	return fields
}

// preset words the occasion for people.
func (o *Occasion) preset() note.Input {
	in := note.Input{
		Job: o.Job.Name, Description: o.Job.Description, Run: o.Run, Tick: o.Tick, Zone: o.Job.Zone,
		State: string(o.Event), Error: o.Error, Count: o.Records, Files: o.Files,
	}
	switch o.Event {
	case EventFailure:
		in.State = "failed"
	case EventMissed:
		in.State = "missed"
		if o.Missed > 1 {
			in.State = fmt.Sprintf("missed %d times", o.Missed)
		}
	case EventUndelivered:
		in.State, in.Error = "a message to "+o.Target+" was not delivered", o.Error
		in.Next = "runner redeliver " + o.Run + " sends it again"
	case EventRecovery:
		in.State, in.Description = "", o.Job.Name+" works again"
	case EventSuccess:
		in.State = ""
	}
	return in
}

// happened says what happened, to stand behind the job's name in the subject of a mail.
func (o *Occasion) happened() string {
	switch o.Event {
	case EventFailure:
		return " failed"
	case EventRecovery:
		return " works again"
	case EventSuccess:
		return " succeeded"
	case EventMissed:
		if o.Missed > 1 {
			return fmt.Sprintf(" missed %d times", o.Missed)
		}
		return " missed"
	case EventUndelivered:
		return ": a message was not delivered"
	case EventSkipped:
	}
	return " " + string(o.Event)
}

func rfc3339(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }
