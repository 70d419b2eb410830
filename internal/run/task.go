package run

import (
	"encoding/json"
	"slices"
	"time"

	"speckle-runner/internal/jobs/jq"
	"speckle-runner/internal/jobs/placeholder"
	"speckle-runner/internal/run/memory"
	"speckle-runner/internal/said"
	"speckle-runner/internal/speckle/version"
)

// task is what the steps of an attempt share: what was asked, and what it has
// come to so far.
type task struct {
	Request
	runner *Runner
	result *Result
	known  memory.Known // what the run at the mark has told; nil: last_success is that run itself
	at     Progress     // the last that was told

	version *version.Version // that the run is of, or that elements are read of without for_each, once it is known
}

func newTask(r *Runner, req Request) *task {
	t := &task{Request: req, runner: r, result: &Result{StartedAt: time.Now().UTC()}}
	if req.Job.Lookback != 0 {
		t.known = memory.Of(req.Last.Known)
	}
	return t
}

// maxWarnings bounds what a ledger's row holds: a for_each over many items
// could warn of each.
const maxWarnings = 100

func (t *task) warn(text string) {
	text = t.words().Text(text)
	switch {
	case slices.Contains(t.result.Warnings, text) || len(t.result.Warnings) > maxWarnings:
		return
	case len(t.result.Warnings) == maxWarnings:
		text = "there were more warnings: the run's log has them"
	}
	t.result.Warnings = append(t.result.Warnings, text)
	t.Log.Warn().Msg(text)
}

// words shows what servers and receivers said.
func (t *task) words() said.Words { return said.With(t.Redactor) }

func (t *task) report(p Progress) {
	t.at = p
	if t.Progress != nil {
		t.Progress(p)
	}
}

// values are what placeholders stand for; each is the for_each record, nil
// outside of one.
func (t *task) values(each map[string]any) placeholder.Values {
	return t.valuesOf(each, t.version)
}

// valuesOf are values for what is made of a version; nil: of none.
func (t *task) valuesOf(each map[string]any, of *version.Version) placeholder.Values {
	values := placeholder.Values{Job: t.Job.Name, Run: t.Run, Tick: t.Tick, Zone: t.Job.Zone, LastSuccess: t.lastSuccess(), Each: each}
	if of != nil {
		values.Version, values.Model = of.ID, of.Model
	}
	return values
}

// vars are what programs see beside a record.
func (t *task) vars() jq.Vars {
	return jq.Vars{Job: t.Job.Name, Tick: t.Tick, LastSuccess: t.lastSuccess(), Zone: t.Job.Zone, Version: shown(t.version)}
}

// lastSuccess is what last_success stands for: some time before the last good run,
// where it is known what that run told.
func (t *task) lastSuccess() time.Time {
	if t.known == nil || t.Last.Success.IsZero() {
		return t.Last.Success
	}
	return t.Last.Success.Add(-t.Job.Lookback)
}

// shown is a version as programs see it, null for none.
func shown(v *version.Version) any {
	text, err := json.Marshal(v)
	if err != nil {
		return nil // texts always encode
	}
	value, err := jq.Decode(text)
	if err != nil {
		return nil // what was encoded is decoded
	}
	return value
}
