package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"speckle-runner/internal/figures"
	"speckle-runner/internal/said"
	"speckle-runner/internal/store"
)

// printRuns says how each run ended, what was written where, and what to do.
func (s *settings) printRuns(all []finished, asJSON bool) error {
	if asJSON {
		records := make([]store.Run, len(all))
		for i, f := range all {
			records[i] = f.Record
		}
		return json.NewEncoder(s.out).Encode(records)
	}
	for _, f := range all {
		f.print(s.out)
	}
	return nil
}

func (f finished) print(w io.Writer) {
	r := f.Result
	head := fmt.Sprintf("%s  %s", cmp.Or(f.label, f.Record.Job), r.State)
	if r.Pages > 0 {
		head += fmt.Sprintf(": %s from %s", figures.Count(r.Records, "record"), figures.Count(r.Pages, "page"))
	}
	last := r.FinishedAt.Sub(r.StartedAt)
	switch {
	case f.Attempts > 1:
		head += fmt.Sprintf(" in %s, attempt %d in %s", figures.Took(r.FinishedAt.Sub(f.Began)), f.Record.Attempt, figures.Took(last))
	case f.Record.Attempt > 1:
		head += fmt.Sprintf(" in %s, attempt %d", figures.Took(last), f.Record.Attempt)
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
	f.printDeliveries(w)
	for _, text := range r.Warnings {
		fmt.Fprintf(w, "  warning: %s\n", said.Indent(text, "    "))
	}
	if f.Rehearsed {
		f.printPlan(w)
	}
	if r.Error != "" {
		fmt.Fprintf(w, "  %s\n", said.Indent(r.Error, "    "))
	}
}

// shownTargets bounds what is listed of one dry run: a for_each may write
// thousands of files.
const shownTargets = 10

// printPlan says what a run would have published, and shows the first records.
func (f finished) printPlan(w io.Writer) {
	r := f.Result
	if r.Mutations > 0 {
		fmt.Fprintf(w, "  dry run: nothing was changed and nothing was published; would send %s\n", figures.Count(r.Mutations, "mutation"))
		for _, text := range r.Unsent {
			fmt.Fprintf(w, "    %s\n", text)
		}
		if more := r.Mutations - len(r.Unsent); more > 0 {
			fmt.Fprintf(w, "    and %d more\n", more)
		}
		return
	}
	fmt.Fprintln(w, "  dry run: nothing was published")
	for i, p := range r.Plan {
		if i == shownTargets {
			fmt.Fprintf(w, "  and to %s\n", figures.Count(len(r.Plan)-i, "more target"))
			break
		}
		if p.Webhook {
			fmt.Fprintf(w, "  would send %s to %s; the first is\n    %s\n", figures.Count(p.Messages, "message"), p.Target, p.Message)
			continue
		}
		fmt.Fprintf(w, "  would write %s (%s)\n", p.Target, figures.Count(p.Records, "record"))
		if p.Latest != "" {
			fmt.Fprintf(w, "  would write %s (the newest)\n", p.Latest)
		}
		if len(p.Columns) > 0 {
			fmt.Fprintf(w, "    columns: %s\n", strings.Join(p.Columns, ", "))
		}
	}
	if len(r.Sample) > 0 {
		fmt.Fprintln(w, "  the first records are")
	}
	for _, record := range r.Sample {
		fmt.Fprintf(w, "    %s\n", record)
	}
}

// printDeliveries sums up by receiver: the messages that arrived, and the
// first that didn't with those behind it.
func (f finished) printDeliveries(w io.Writer) {
	all := f.Record.Deliveries
	for i, first := range all {
		same := func(other store.RunDelivery) bool { return other.Target == first.Target }
		if slices.ContainsFunc(all[:i], same) {
			continue
		}
		sent, lost, why := 0, 0, ""
		for _, one := range all[i:] {
			switch {
			case !same(one):
			case one.State == store.DeliveryDelivered:
				sent++
			case one.State == store.DeliveryForgotten: // of an earlier attempt
			default:
				lost++
				if why == "" && f.Delivered.Lost[one.ID] != "" {
					why = fmt.Sprintf(", after %s: %s", figures.Tries(one.Attempts), f.Delivered.Lost[one.ID])
				}
			}
		}
		if sent > 0 {
			fmt.Fprintf(w, "  delivered %s to %s\n", figures.Count(sent, "message"), first.Target)
		}
		if lost > 0 {
			fmt.Fprintf(w, "  NOT delivered: %s to %s%s\n", figures.Count(lost, "message"), first.Target, why)
		}
	}
	printNotes(w, all)
	printRest(w, f.Record.Run+f.server, &f.Delivered)
}
