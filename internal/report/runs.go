package report

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"speckle-runner/internal/figures"
	"speckle-runner/internal/said"
	"speckle-runner/internal/secret"
	"speckle-runner/internal/store"
)

// Runs lists runs of the ledger, each with what is worth a look; of one job, where
// only its runs were asked for.
func Runs(w io.Writer, runs []store.Run, job string) error {
	if len(runs) == 0 {
		text := "the ledger has no such runs"
		if job != "" {
			text = fmt.Sprintf("the ledger has no such runs of a job named %s", secret.MaskAll(job))
		}
		_, err := fmt.Fprintln(w, text)
		return err
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "RUN\tSTATE\tTRIGGER\tATTEMPT\tSTARTED\tTOOK\tRECORDS\tNOTE")
	for _, r := range runs {
		started, duration := "-", "-"
		if r.StartedAt != nil {
			started = r.StartedAt.Format(time.RFC3339)
			if r.FinishedAt != nil {
				duration = figures.Took(r.FinishedAt.Sub(*r.StartedAt))
			}
		}
		records := "-"
		if r.Counted() {
			records = figures.Grouped(r.Records)
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%d\t%s\t%s\t%s\t%s\n",
			r.Run, r.State, r.Trigger, r.Attempt, started, duration, records, noteOf(r))
	}
	return table.Flush()
}

// noteOf says in a few words what is worth a look.
func noteOf(r store.Run) string {
	if r.TriesAgainAt != nil {
		text := "tries again at " + r.TriesAgainAt.Format(time.RFC3339)
		if r.Error != "" {
			text += ": " + r.Error
		}
		return said.Line(text, 80)
	}
	if r.LostSince != nil {
		return "no sign of life since " + r.LostSince.Format(time.RFC3339) + "; the next run or serve settles it"
	}
	if r.Error != "" {
		return said.Line(r.Error, 80)
	}
	dead, waiting, doubted := 0, 0, 0
	for _, d := range r.Deliveries {
		switch d.State {
		case store.DeliveryFailed:
			dead++
		case store.DeliveryQueued, store.DeliverySending:
			waiting++
		case store.DeliveryDelivered:
			if d.Note != "" {
				doubted++
			}
		}
	}
	switch {
	case dead > 0:
		return figures.Count(dead, "message") + " not delivered"
	case waiting > 0:
		return figures.Count(waiting, "message") + " waiting"
	case doubted > 0:
		return figures.Count(doubted, "message") + " delivered to a doubtful answer"
	case r.Spoilt():
		return said.Line(r.Warnings[len(r.Warnings)-1], 80)
	case len(r.Warnings) > 0:
		return figures.Count(len(r.Warnings), "warning")
	case len(r.Unchanged) > 0:
		return figures.Count(len(r.Unchanged), "output") + " unchanged"
	}
	return ""
}
