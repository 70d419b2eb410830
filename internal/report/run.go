package report

import (
	"fmt"
	"io"
	"strings"
	"time"

	"speckle-runner/internal/figures"
	"speckle-runner/internal/said"
	"speckle-runner/internal/store"
)

// Run says all that the ledger knows of one run, its log at the end.
func Run(w io.Writer, r store.Whole) error {
	field := func(name, format string, args ...any) {
		fmt.Fprintf(w, "%-11s %s\n", name, said.Indent(fmt.Sprintf(format, args...), strings.Repeat(" ", 12)))
	}
	field("run", "%s", r.Run.Run)
	field("job", "%s", r.Job)
	field("due", "%s", r.Tick.Format(time.RFC3339))
	field("state", "%s (attempt %d, %s)", r.State, r.Attempt, r.Trigger)
	if r.TriesAgainAt != nil {
		field("waits", "tries again at %s", r.TriesAgainAt.Format(time.RFC3339))
	}
	if r.LostSince != nil {
		field("lost", "no sign of life from its process since %s: it was killed, or its machine is off or asleep. The next runner run or serve "+
			"settles it, and runner cancel ends it", r.LostSince.Format(time.RFC3339))
	}
	if r.Node != "" {
		field("node", "%s", r.Node)
	}
	if r.StartedAt != nil {
		field("started", "%s", r.StartedAt.Format(time.RFC3339Nano))
		if r.FinishedAt != nil {
			whole := ""
			if len(r.Attempts) > 1 && r.Attempts[0].StartedAt != nil {
				whole = fmt.Sprintf(" (%s from the first attempt on)", figures.Took(r.FinishedAt.Sub(*r.Attempts[0].StartedAt)))
			}
			field("finished", "%s, after %s%s", r.FinishedAt.Format(time.RFC3339Nano), figures.Took(r.FinishedAt.Sub(*r.StartedAt)), whole)
		}
		field("read", "%s", read(&r.Run))
	}
	for _, f := range r.Files {
		gone := ""
		if f.Gone {
			gone = ", removed since by keep, or written over"
		}
		field("file", "%s (%s, %s, sha256 %s)%s", f.Path, figures.Count(f.Records, "record"), figures.Size(f.Bytes), f.SHA256, gone)
	}
	for _, number := range r.Unchanged {
		field("unchanged", "output %d, not published again", number)
	}
	for _, d := range r.Deliveries {
		field("delivery", "%s to %s: %s", d.ID, d.Target, Delivery(d))
		for _, t := range d.Tries {
			if len(d.Tries) > 1 {
				field("  try", "%d %s", t.Try, try(t))
			}
		}
	}
	for _, text := range r.Warnings {
		field("warning", "%s", text)
	}
	if r.Error != "" {
		field("error", "%s", r.Error)
	}
	for _, a := range r.Attempts {
		if len(r.Attempts) > 1 {
			field("attempt", "%d %s on %s %s", a.Attempt, a.State, a.Node, a.Error)
		}
	}
	if r.Log != "" {
		fmt.Fprintln(w, "log")
		for line := range strings.Lines(r.Log) {
			fmt.Fprintf(w, "  %s\n", strings.TrimRight(line, "\n"))
		}
	}
	return nil
}

// read says what a run has read, where that is known.
func read(r *store.Run) string {
	switch {
	case r.Counted():
		return figures.Count(r.Pages, "page") + ", " + figures.Count(r.Records, "record")
	case len(r.Files) > 0:
		return "not known: its process ended before it could write that down; what it had published is below"
	case r.State == store.Running:
		return "not known before it ends"
	}
	return "not known: its process ended before it could write that down"
}

// Delivery says how a delivery stands: after how many tries, why the last
// one didn't arrive, and when the next one is due.
func Delivery(d store.RunDelivery) string {
	text := fmt.Sprintf("%s after %s", d.State, figures.Tries(d.Attempts))
	if d.Note != "" {
		text += ", but " + d.Note
	}
	if d.Error != "" {
		text += ": " + d.Error
	}
	if d.NextTry != nil && d.Attempts > 0 {
		text += "; the next try is due at " + d.NextTry.Format(time.RFC3339)
	}
	return text
}

// try says when a try to deliver was made, and how it ended.
func try(t store.Try) string {
	text := string(t.Outcome)
	if t.StartedAt != nil {
		text += " at " + t.StartedAt.Format(time.RFC3339)
		if t.FinishedAt != nil {
			text += ", after " + figures.Took(t.FinishedAt.Sub(*t.StartedAt))
		}
	}
	if t.AskedAgainAt != nil {
		text += ", sent again on request of " + t.AskedAgainAt.Format(time.RFC3339)
	}
	switch {
	case t.Error != "":
		text += ": " + t.Error
	case t.Note != "":
		text += ", but " + t.Note
	}
	return text
}
