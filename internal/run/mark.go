package run

import (
	"time"

	"speckle-runner/internal/output/target"
)

// Mark is what a run leaves with an output's receiver or in its file, for later
// runs to go on from. Output is "" for the job itself: its last success.
type Mark struct {
	Output  string
	Content string    // names the records as a whole; "": they aren't compared
	Tick    time.Time // of the run that left it; of Last only
	// Run and Files are that run, and what it wrote; of Last only, of an output
	// that is a file.
	Run   string
	Files []target.Published
	// Since is the tick of the mark that this one goes on from and falls with;
	// zero: it stands alone.
	Since time.Time
}

// mark notes what this run leaves where. An output that is unchanged keeps the
// mark that it has, unless that one lacks its snapshot.
func (e *publisher) mark() {
	e.result.Marks = nil
	for i := range e.Job.Outputs {
		out := &e.Job.Outputs[i]
		since, taken := e.since[i]
		switch {
		case e.unchanged[i] && taken && since.IsZero():
			since = e.Last.Marks[e.keys[i]].Tick
		case e.unchanged[i] || !out.OnlyIfChanged && !taken:
			continue
		}
		e.result.Marks = append(e.result.Marks, Mark{Output: e.keys[i], Content: e.contents[i], Since: since})
	}
	if e.Job.GoesByReceivers() && !e.Last.Success.IsZero() {
		e.result.Marks = append(e.result.Marks, Mark{Since: e.Last.Success})
	}
}
