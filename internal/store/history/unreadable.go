package history

import (
	"encoding/json"
	"strings"

	"speckle-runner/internal/said"
	"speckle-runner/internal/store/database"
)

// A row that another program has written into, or that a disk has spoilt, is one run: the
// others are shown, and it is with what can be read of it and a warning that says so.

const unreadable = "the ledger's row of this run can't be read in full: "

// Spoilt reports whether a run's last warning says that its row can't be read.
func (r *Run) Spoilt() bool {
	return len(r.Warnings) > 0 && strings.HasPrefix(r.Warnings[len(r.Warnings)-1], unreadable)
}

// readList reads a column that holds a list; what can't be read is told.
func readList[T any](run *Run, what, text string, into *[]T) bool {
	if text == "" {
		return true
	}
	var list []T
	if err := json.Unmarshal([]byte(text), &list); err != nil {
		run.Warnings = append(run.Warnings, unreadable+what+": "+err.Error())
		return false
	}
	*into = list
	return true
}

// scanUnreadable gives what names a run whose row holds something else than it may. SQLite
// keeps a text where a number belongs; PostgreSQL doesn't. The row has so many columns, the version is the last.
func scanUnreadable(row database.Rows, width int, cause error) (Run, error) {
	columns := make([]any, width)
	into := make([]any, len(columns))
	for i := range columns {
		into[i] = &columns[i]
	}
	if row.Scan(into...) != nil {
		return Run{}, cause
	}
	job, named := columns[0].(string)
	tick, timed := columns[1].(int64)
	if !named || !timed {
		return Run{}, cause
	}
	run := Run{Job: job, Tick: database.FromMicros(tick), Files: []File{}, Deliveries: []RunDelivery{},
		Warnings: []string{unreadable + said.Line(cause.Error(), 200)}}
	state, _ := columns[2].(string)
	run.State = State(state)
	version, _ := columns[len(columns)-1].(string)
	run.Run = VersionRunID(run.Job, run.Tick, version)
	return run, nil
}
