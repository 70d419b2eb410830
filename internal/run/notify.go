package run

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/jobs/jq"
	"speckle-runner/internal/jobs/placeholder"
	"speckle-runner/internal/output"
)

// Event is what a notification is about, in the words of the job file.
type Event string

// The events of DESIGN §2, notify.
const (
	EventFailure  Event = "failure"
	EventRecovery Event = "recovery" // the first good run after a failed one
	EventSuccess  Event = "success"
	EventMissed   Event = "missed"
	EventSkipped  Event = "skipped"
)

// Occasion is something that a job's people may want to hear of.
type Occasion struct {
	Job     *jobs.Job
	Event   Event
	Run     string
	Tick    time.Time
	Attempt int    // 0: the run never began
	Error   string // without secrets
	Records int64
	Files   []output.Published
	Missed  int // ticks that were missed together
	// Told is when this event was last told for the job: within a receiver's
	// cooldown it isn't told again. Zero: never.
	Told time.Time
}

// Wants reports whether any of the job's notifications is about an event.
func Wants(job *jobs.Job, event Event) bool {
	return slices.ContainsFunc(job.Notify, func(n jobs.Notify) bool { return slices.Contains(n.On, string(event)) })
}

// Notices makes the messages of an occasion. One that can't be made is told
// as an error beside the others.
func Notices(ctx context.Context, o Occasion) (owed []Owed, problems []error) {
	for i := range o.Job.Notify {
		n := &o.Job.Notify[i]
		if n.HeartbeatEnv != "" || !slices.Contains(n.On, string(o.Event)) || o.quiet(n) {
			continue
		}
		one, err := o.notice(ctx, n)
		if err != nil {
			problems = append(problems, fmt.Errorf("notify %d: %w", i+1, err))
			continue
		}
		one.ID = fmt.Sprintf("%s.%d.%s.%d", o.Run, o.Attempt, o.Event, i+1)
		owed = append(owed, one)
	}
	return owed, problems
}

// quiet reports whether a receiver was told lately. What ends a trouble is
// always told.
func (o *Occasion) quiet(n *jobs.Notify) bool {
	return o.Event != EventRecovery && !o.Told.IsZero() && time.Since(o.Told) < n.Cooldown
}

func (o *Occasion) notice(ctx context.Context, n *jobs.Notify) (Owed, error) {
	values := placeholder.Values{Job: o.Job.Name, Run: o.Run, Tick: o.Tick, Zone: o.Job.Zone}
	hook, err := newHook(&n.Hook, values)
	if err != nil {
		return Owed{}, err
	}
	owed := Owed{Kind: string(o.Event), Target: hook.Target(), Hook: hook}
	switch {
	case n.Hook.Body != nil:
		owed.Body, err = o.programmed(ctx, n.Hook.Body)
	case n.Hook.Preset != "":
		owed.Body, err = output.Preset(n.Hook.Preset, o.preset())
	default:
		owed.Body, err = json.Marshal(o.fields())
	}
	return owed, err
}

func (o *Occasion) fields() map[string]any {
	fields := map[string]any{
		"event": string(o.Event), "job": o.Job.Name, "run": o.Run, "tick": rfc3339(o.Tick),
		"description": o.Job.Description, "error": o.Error, "records": int(o.Records),
	}
	if o.Event == EventMissed {
		fields["missed"] = o.Missed
	}
	return fields
}

func (o *Occasion) programmed(ctx context.Context, program *jq.Program) ([]byte, error) {
	for value, err := range program.Run(ctx, o.fields(), jq.Vars{Job: o.Job.Name, Tick: o.Tick}) {
		if err != nil {
			return nil, fmt.Errorf("body: %w", err)
		}
		return jq.Append(nil, value)
	}
	return nil, fmt.Errorf("body: the program gave nothing")
}

// preset words the occasion for people.
func (o *Occasion) preset() output.PresetInput {
	in := output.PresetInput{
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
	case EventRecovery:
		in.State, in.Description = "", o.Job.Name+" works again"
	case EventSuccess:
		in.State = ""
	}
	return in
}

// Heartbeats makes a ping for each heartbeat of a job. The suffix says which:
// "/start", "" for success, or "/fail", as healthchecks.io has them.
func Heartbeats(job *jobs.Job, run string, attempt int, suffix, text string) []Owed {
	var owed []Owed
	for i := range job.Notify {
		name := job.Notify[i].HeartbeatEnv
		if name == "" {
			continue
		}
		body, _ := json.Marshal(map[string]string{"job": job.Name, "run": run, "error": text}) // strings always encode
		owed = append(owed, Owed{
			ID: fmt.Sprintf("%s.%d.heartbeat%s.%d", run, attempt, suffix, i+1), Kind: KindHeartbeat, Target: name,
			Hook: Hook{AddressEnv: name, Suffix: suffix}, Body: body,
		})
	}
	return owed
}

func rfc3339(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }
