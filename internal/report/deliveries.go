package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"speckle-runner/internal/figures"
	"speckle-runner/internal/jobs"
	"speckle-runner/internal/service"
	"speckle-runner/internal/store"
)

// deliveries sums up by receiver: the messages that arrived, and the
// first that didn't with those behind it. What had arrived before isn't told again.
func deliveries(w io.Writer, flags string, end *service.Ended) {
	all := slices.DeleteFunc(slices.Clone(end.Record.Deliveries), func(one store.RunDelivery) bool { return end.Earlier[one.ID] })
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
				if why == "" && end.Delivered.Failed[one.ID] != "" {
					why = fmt.Sprintf(", after %s: %s", figures.Tries(one.Attempts), end.Delivered.Failed[one.ID])
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
	Notes(w, all)
	Rest(w, end.Record.Run+flags, &end.Delivered)
}

// Rest says why messages are left, and what becomes of them.
func Rest(w io.Writer, run string, d *service.Deliveries) {
	if d.Left == 0 {
		return
	}
	if len(d.Stopped) > 0 {
		fmt.Fprintf(w, "  stopped: no other try is due within %s (--deliver-for) for %s; "+
			"what is left waits in the ledger, and runner serve goes on with it\n", jobs.PlainDuration(d.Patience), strings.Join(d.Stopped, ", "))
	}
	fmt.Fprintf(w, "  to send again: runner redeliver %s; to forget it: runner redeliver %s --forget\n", run, run)
}

// Notes tells of answers that speak against a delivery, once for each
// receiver.
func Notes(w io.Writer, deliveries []store.RunDelivery) {
	told := map[string]bool{}
	for _, one := range deliveries {
		if one.Note != "" && !told[one.Target] {
			told[one.Target] = true
			fmt.Fprintf(w, "  warning: delivered to %s, but %s\n", one.Target, one.Note)
		}
	}
}
