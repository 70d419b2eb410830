package history

import (
	"slices"
	"time"
)

// State is where a run, or one attempt of it, stands.
type State string

// The states of a run. Interrupted is an end only for runs begun without the
// queue; others are scheduled again.
const (
	Scheduled   State = "scheduled"
	Running     State = "running"
	Succeeded   State = "succeeded"
	Failed      State = "failed"
	Canceled    State = "canceled"
	Interrupted State = "interrupted"
	Skipped     State = "skipped"
	Missed      State = "missed"
)

// States gives all of them.
func States() []State {
	return []State{Scheduled, Running, Succeeded, Failed, Canceled, Interrupted, Skipped, Missed}
}

// Ended reports whether a run in this state will not run again by itself.
func (s State) Ended() bool { return s != Scheduled && s != Running && s != "" }

// Trigger says why a run exists.
type Trigger string

// The triggers of a run.
const (
	Schedule Trigger = "schedule"
	CatchUp  Trigger = "catch-up"
	Manual   Trigger = "manual"
	API      Trigger = "api"
	Backfill Trigger = "backfill"
	// OnVersion is for a run that is of a version, which a look found.
	OnVersion Trigger = "version"
)

// Triggers gives all of them.
func Triggers() []Trigger { return []Trigger{Schedule, CatchUp, Manual, API, Backfill, OnVersion} }

// WaitsInLine reports whether ticks with this trigger wait for each other: many of them may
// come due at once.
func (t Trigger) WaitsInLine() bool { return t == CatchUp || t == Backfill || t == OnVersion }

// Run is one row of the ledger. Its JSON is the contract of CLI and API.
type Run struct {
	Run        string        `json:"run"`
	Job        string        `json:"job"`
	Tick       time.Time     `json:"tick"`
	State      State         `json:"state"`
	Attempt    int           `json:"attempt"`
	Trigger    Trigger       `json:"trigger"`
	Node       string        `json:"node"`
	StartedAt  *time.Time    `json:"started_at"`
	FinishedAt *time.Time    `json:"finished_at"`
	Pages      int64         `json:"pages"`
	Records    int64         `json:"records"`
	Bytes      int64         `json:"bytes"`
	Files      []File        `json:"files"`
	Deliveries []RunDelivery `json:"deliveries"`
	Error      string        `json:"error"`
	Warnings   []string      `json:"warnings"`
	// TriesAgainAt is when a run that has failed and waits is tried again; null
	// for every other one.
	TriesAgainAt *time.Time `json:"tries_again_at"`
	// Cause is why a failed run failed, in the same words each time.
	Cause string `json:"cause,omitempty"`
	// LostSince is from when on the process of a run that is running has given no sign of life:
	// it was killed, or is stopped with its machine.
	LostSince *time.Time `json:"lost_since,omitempty"`
	// Unchanged are outputs, by their numbers from 1, that held the same as the last
	// time and were not published again.
	Unchanged []int `json:"unchanged,omitempty"`

	// LeftOut: the files lack items of a for_each, or may: those of these items, by earlier
	// runs, are still the newest.
	LeftOut bool `json:"-"`
	// DueAt is when the run may start: its tick, its spread, or its next attempt.
	DueAt      time.Time `json:"-"`
	Server     string    `json:"-"`
	Generation string    `json:"-"`
	QueryHash  string    `json:"-"`
}

// File is one file that a run published.
type File struct {
	Path    string `json:"path"`
	Records int64  `json:"records"`
	Bytes   int64  `json:"bytes"`
	SHA256  string `json:"sha256"`
	Output  string `json:"output,omitempty"` // the output's path as the job has it, {date} and all
	Latest  string `json:"latest,omitempty"` // the second path that got a copy
	Gone    bool   `json:"gone,omitempty"`   // by keep of its output: it was removed, or a later run wrote over it
}

// Owes reports whether the run has messages that are not delivered, and that
// nobody has forgotten.
func (r *Run) Owes() bool {
	return slices.ContainsFunc(r.Deliveries, func(d RunDelivery) bool {
		return d.State != DeliveryDelivered && d.State != DeliveryForgotten
	})
}

// Counted reports whether pages and records are what the run has read: they are written
// down with its end, which a killed process doesn't write, whatever it had published.
func (r *Run) Counted() bool {
	switch {
	case r.Pages > 0 || r.Records > 0:
		return true
	case r.State == Running, r.State == Interrupted, r.State == Scheduled:
		return false
	}
	return r.State == Succeeded || len(r.Files) == 0
}

// Attempt is one attempt of a run, with its own log.
type Attempt struct {
	Attempt    int        `json:"attempt"`
	State      State      `json:"state"`
	Node       string     `json:"node"`
	StartedAt  *time.Time `json:"started_at"`
	FinishedAt *time.Time `json:"finished_at"`
	Error      string     `json:"error"`
	Log        string     `json:"-"`
}

// Whole is a run with what is asked of one alone.
type Whole struct {
	Run

	Attempts []Attempt `json:"attempts"`
	Log      string    `json:"log"` // of all attempts, one after the other
}
