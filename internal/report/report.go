// Package report says in lines and tables for people what commands found: how runs by
// hand ended, runs of the ledger, what was delivered or is left, what a dry run would
// have done, when jobs are due, which scopes and properties there are, what servers
// answered. It decides on no exit code, and asks nobody: all that it says it was given.
package report

import (
	"cmp"
	"fmt"
	"io"

	"speckle-runner/internal/figures"
	"speckle-runner/internal/said"
	"speckle-runner/internal/secret"
	"speckle-runner/internal/service"
)

// Finished is a run by hand that is over.
type Finished struct {
	service.Ended

	Label string // "": the job's name
	Flags string // those that name the serve where it ran; "": here
}

// Ends says of each run how it ended, and at the end what helps those that had no token.
func Ends(w io.Writer, ends []Finished) {
	errs := make([]error, len(ends))
	for i, f := range ends {
		ended(w, f.Label, f.Flags, &f.Ended)
		errs[i] = f.Result.Err
	}
	fmt.Fprint(w, secret.HowToSet(errs...))
}

// ended says how a run ended, what was written where, and what to do. The run is named
// by the label; "" is its job's name. Flags that name the serve where it ran stand
// in commands that are offered.
func ended(w io.Writer, label, flags string, end *service.Ended) {
	r := end.Result
	head := fmt.Sprintf("%s  %s", cmp.Or(label, end.Record.Job), r.State)
	if r.Pages > 0 {
		head += fmt.Sprintf(": %s from %s", figures.Count(r.Records, "record"), figures.Count(r.Pages, "page"))
	}
	last := r.FinishedAt.Sub(r.StartedAt)
	switch {
	case end.Attempts > 1:
		head += fmt.Sprintf(" in %s, attempt %d in %s", figures.Took(r.FinishedAt.Sub(end.Began)), end.Record.Attempt, figures.Took(last))
	case end.Record.Attempt > 1:
		head += fmt.Sprintf(" in %s, attempt %d", figures.Took(last), end.Record.Attempt)
	case last > 0:
		head += " in " + figures.Took(last)
	}
	fmt.Fprintln(w, head)
	for _, one := range r.Files {
		fmt.Fprintf(w, "  wrote %s (%s, %s)\n", one.Path, figures.Count(one.Records, "record"), figures.Size(one.Bytes))
		if one.Latest != "" {
			fmt.Fprintf(w, "  wrote %s (the newest)\n", one.Latest)
		}
	}
	for _, number := range r.Unchanged {
		fmt.Fprintf(w, "  output %d: unchanged since the last time, not published again\n", number)
	}
	deliveries(w, flags, end)
	for _, text := range r.Warnings {
		fmt.Fprintf(w, "  warning: %s\n", said.Indent(text, "    "))
	}
	if end.Rehearsed {
		plan(w, r)
	}
	if r.Error != "" {
		fmt.Fprintf(w, "  %s\n", said.Indent(r.Error, "    "))
	}
}
