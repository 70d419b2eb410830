package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"speckle-runner/internal/store"
)

// printRuns says how each run ended, what was written where, and what to do.
func (s *settings) printRuns(all []done, asJSON bool) error {
	if asJSON {
		records := make([]store.Run, len(all))
		for i, d := range all {
			records[i] = d.record
		}
		return json.NewEncoder(s.out).Encode(records)
	}
	for _, d := range all {
		d.print(s.out)
	}
	return nil
}

func (d done) print(w io.Writer) {
	r := d.result
	head := fmt.Sprintf("%s  %s", d.record.Job, r.State)
	if r.Pages > 0 {
		head += fmt.Sprintf(": %s from %s", plural64(r.Records, "record"), plural(r.Pages, "page"))
	}
	if pause := r.FinishedAt.Sub(r.StartedAt); pause > 0 {
		head += " in " + took(pause)
	}
	if d.record.Attempt > 1 {
		head += fmt.Sprintf(", attempt %d", d.record.Attempt)
	}
	fmt.Fprintln(w, head)
	for _, f := range r.Files {
		fmt.Fprintf(w, "  wrote %s (%s, %s)\n", f.Path, plural64(f.Records, "record"), size(f.Bytes))
		if f.Latest != "" {
			fmt.Fprintf(w, "  wrote %s (the newest)\n", f.Latest)
		}
	}
	for _, number := range r.Unchanged {
		fmt.Fprintf(w, "  output %d: unchanged since the last time, not published again\n", number)
	}
	d.printDeliveries(w)
	for _, text := range r.Warnings {
		fmt.Fprintf(w, "  warning: %s\n", text)
	}
	for i, record := range r.Sample {
		if i == 0 {
			fmt.Fprintln(w, "  dry run: nothing was published; the first records are")
		}
		fmt.Fprintf(w, "    %s\n", record)
	}
	if r.Error != "" {
		fmt.Fprintf(w, "  %s\n", r.Error)
	}
}

// printDeliveries sums up by receiver: the messages that arrived, and the
// first that didn't with those behind it.
func (d done) printDeliveries(w io.Writer) {
	all := d.record.Deliveries
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
			default:
				if lost++; why == "" && d.lost[one.ID] != "" {
					why = fmt.Sprintf(", after %s: %s", times(one.Attempts), d.lost[one.ID])
				}
			}
		}
		if sent > 0 {
			fmt.Fprintf(w, "  delivered %s to %s\n", plural(sent, "message"), first.Target)
		}
		if lost > 0 {
			fmt.Fprintf(w, "  NOT delivered: %s to %s%s\n", plural(lost, "message"), first.Target, why)
		}
	}
	if d.undelivered > 0 {
		fmt.Fprintf(w, "  to send again: runner redeliver %s\n", d.record.Run)
	}
}
