package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/service"
	"speckle-runner/internal/store"
)

// deliverFor is how long a receiver may take nothing before a command stops
// trying it, where --deliver-for doesn't say.
const deliverFor = time.Minute

func deliverForFlag(command *cobra.Command, patience *time.Duration) {
	command.Flags().DurationVar(patience, "deliver-for", deliverFor,
		"how long a receiver may take no message before it is left to runner serve; each one that it takes begins this anew")
}

func checkDeliverFor(patience time.Duration) error {
	if patience < 0 {
		return usagef("--deliver-for %s: want 0 or more", patience)
	}
	return nil
}

// printRest says why messages are left, and what becomes of them.
func printRest(w io.Writer, run string, d *service.Deliveries) {
	if d.Left == 0 {
		return
	}
	if len(d.Stopped) > 0 {
		fmt.Fprintf(w, "  stopped: nothing was taken within %s (--deliver-for) by %s; "+
			"what is left waits in the ledger, and runner serve goes on with it\n", jobs.PlainDuration(d.Patience), strings.Join(d.Stopped, ", "))
	}
	fmt.Fprintf(w, "  to send again: runner redeliver %s; to give it up: runner redeliver %s --forget\n", run, run)
}

// printNotes tells of answers that speak against a delivery, once for each
// receiver.
func printNotes(w io.Writer, all []store.RunDelivery) {
	told := map[string]bool{}
	for _, one := range all {
		if one.Note != "" && !told[one.Target] {
			told[one.Target] = true
			fmt.Fprintf(w, "  warning: delivered to %s, but %s\n", one.Target, one.Note)
		}
	}
}
