package store

import (
	"encoding/json"
	"slices"
	"time"

	"speckle-runner/internal/store/database"
)

// runEnd is the end of an attempt as it is written.
type runEnd struct {
	key
	Claim     int64  `json:"claim"`
	Attempt   int    `json:"attempt"`
	Node      string `json:"node"`
	State     State  `json:"state"`    // of the run
	Active    int    `json:"active"`   // see activeBlocks; activeInLine: its turn has come, and it is in the queue
	Failed    int    `json:"failed"`   // 1: counts as a failure
	Unclaim   int    `json:"unclaim"`  // 1: the attempt never began
	DueAt     int64  `json:"due_at"`   // 0: as it was
	Finished  int64  `json:"finished"` // 0: it hasn't finished
	Pages     int64  `json:"pages"`
	Records   int64  `json:"records"`
	Bytes     int64  `json:"bytes"`
	Files     string `json:"files"`
	Warnings  string `json:"warnings"`
	Unchanged string `json:"unchanged"`
	LeftOut   int    `json:"left_out"` // 1: the files lack items
	Error     string `json:"error"`
	Cause     string `json:"cause"`

	claim   Claim
	outcome Outcome
	attempt State // how the attempt ended
	fenced  bool  // the run belongs to another attempt: nothing was written
	tried   bool  // an earlier write of this end may have been committed
}

// newEnd prepares the end of an attempt; run is what becomes of the run.
func newEnd(c Claim, o Outcome, attempt, run State) *runEnd {
	o.Log, o.Error = shown(o.Log, maxLog), shown(o.Error, maxError)
	o.Warnings = slices.Clone(o.Warnings) // the caller's stay whole
	for i, w := range o.Warnings {
		o.Warnings[i] = shown(w, maxError)
	}
	leftOut := 0
	if o.LeftOut {
		leftOut = 1
	}
	return &runEnd{
		key: c.key(), Claim: c.number, Attempt: c.Attempt, Node: c.node, State: run,
		Finished: database.Micros(time.Now()), Pages: o.Pages, Records: o.Records, Bytes: o.Bytes,
		Files: jsonOr(o.Files, len(o.Files)), Warnings: jsonOr(o.Warnings, len(o.Warnings)), Error: o.Error, Cause: o.Cause,
		Unchanged: jsonOr(o.Unchanged, len(o.Unchanged)), LeftOut: leftOut,
		claim: c, outcome: o, attempt: attempt,
	}
}

func jsonOr(v any, n int) string {
	if n == 0 {
		return ""
	}
	text, _ := json.Marshal(v) // structs of strings and numbers only
	return database.Clean(string(text))
}

// id names the run.
func (e *runEnd) id() string { return e.claim.Run }

// again schedules the run's next attempt.
func (e *runEnd) again(due time.Time) {
	e.State, e.Active, e.DueAt, e.Finished = Scheduled, activeBlocks, database.Micros(due), 0
}
