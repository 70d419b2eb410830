package main

import (
	"time"

	"github.com/spf13/cobra"

	"speckle-runner/internal/store"
)

// How long ended runs stay in the ledger where no flag says otherwise.
const (
	keepRunsFor = 90 * 24 * time.Hour
	keepRuns    = 1000
)

// keepFlags say how long ended runs stay in the ledger.
type keepFlags struct {
	command *cobra.Command
	age     time.Duration
	count   int
}

func (k *keepFlags) add(command *cobra.Command) {
	k.command = command
	command.Flags().DurationVar(&k.age, "keep-runs-for", keepRunsFor, "how long ended runs stay in the ledger; failed ones twice as long")
	command.Flags().IntVar(&k.count, "keep-runs", keepRuns, "how many ended runs of a job stay in the ledger")
}

// keep gives what the flags say.
func (k *keepFlags) keep() store.Keep { return store.Keep{Age: k.age, Count: k.count} }

// given gives only the flags that were set: for the others, a serve on the same ledger may
// have other values.
func (k *keepFlags) given() store.Keep {
	keep := k.keep()
	if !k.command.Flags().Changed("keep-runs-for") {
		keep.Age = 0
	}
	if !k.command.Flags().Changed("keep-runs") {
		keep.Count = 0
	}
	return keep
}
