package main

import (
	"time"

	"github.com/spf13/cobra"
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
