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

// task is what the steps of an attempt share: the request, and its result so far.
type task struct {
	Request
	runner *Runner
	result *Result
	known  memory.Known // hashes of the records of the last good run; nil: not known, so lookback is 0
	at     Progress     // the newest that was reported

	// version is set once it is known: the run's own, or, without for_each, the one that
	// elements are read of.
	version *version.Version
}

func newTask(r *Runner, req Request) *task {
	t := &task{Request: req, runner: r, result: &Result{StartedAt: time.Now().UTC()}}
	if req.Job.Lookback != 0 {
		t.known = memory.Of(req.Last.Known)
	}
	return t
}

// maxWarnings bounds a run's warnings in the ledger: a job could warn of each column, or of each file.
const maxWarnings = 100

func (t *task) warn(text string) {
	text = t.words().Text(text)
	switch {
	case slices.Contains(t.result.Warnings, text):
		return
	case len(t.result.Warnings) < maxWarnings:
		t.result.Warnings = append(t.result.Warnings, text)
	case len(t.result.Warnings) == maxWarnings:
		t.result.Warnings = append(t.result.Warnings, "there were more warnings: the run's log has them")
	}
	t.Log.Warn().Msg(text)
}

// words makes texts of servers and receivers fit to be shown.
func (t *task) words() said.Words { return said.With(t.Redactor) }

func (t *task) report(p Progress) {
	t.at = p
	if t.Progress != nil {
		t.Progress(p)
	}
}

// values gives what placeholders stand for; each is the record of for_each, or nil.
func (t *task) values(each map[string]any) placeholder.Values {
	return t.valuesOf(each, t.version)
}

// valuesOf gives values for records of a version; nil: of none.
func (t *task) valuesOf(each map[string]any, v *version.Version) placeholder.Values {
	values := placeholder.Values{Job: t.Job.Name, Run: t.Run, Tick: t.Tick, Zone: t.Job.Zone, LastSuccess: t.lastSuccess(), Each: each}
	if v != nil {
		values.Version, values.Model = v.ID, v.Model
	}
	return values
}

// vars gives the variables that programs have beside a record.
func (t *task) vars() jq.Vars {
	return jq.Vars{Job: t.Job.Name, Tick: t.Tick, LastSuccess: t.lastSuccess(), Zone: t.Job.Zone, Version: versionValue(t.version)}
}

// lastSuccess is what last_success stands for: the last good run, less the lookback
// where it is known which records that run gave.
func (t *task) lastSuccess() time.Time {
	if t.known == nil || t.Last.Success.IsZero() {
		return t.Last.Success
	}
	return t.Last.Success.Add(-t.Job.Lookback)
}

// versionValue is a version as programs have it, null for none.
func versionValue(v *version.Version) any {
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
