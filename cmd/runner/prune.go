package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"speckle-runner/internal/jobs"
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
func (k *keepFlags) keep(file *jobs.File) store.Keep {
	return store.Keep{Age: k.age, Count: k.count, Window: longestWindow(file)}
}

// given gives only what somebody said: for the rest a serve on the same ledger
// may have said more.
func (k *keepFlags) given(file *jobs.File) store.Keep {
	keep := k.keep(file)
	if !k.command.Flags().Changed("keep-runs-for") {
		keep.Age = 0
	}
	if !k.command.Flags().Changed("keep-runs") {
		keep.Count = 0
	}
	return keep
}

// longestWindow is how far back a missed tick may be written again.
func longestWindow(file *jobs.File) time.Duration {
	window := time.Duration(0)
	for _, job := range file.Jobs {
		window = max(window, job.MissedWindow)
	}
	return window
}

// prune removes old runs from a ledger that may have no serve, once a day. The
// runs are over and told: what goes wrong here is only logged.
func (p *performance) prune(ctx context.Context, k *keepFlags) {
	x := p.executor
	if x.ledger == nil || p.flags.dryRun || ctx.Err() != nil {
		return
	}
	gone, err := x.ledger.Prune(ctx, k.given(p.file), store.Keep{Age: keepRunsFor, Count: keepRuns})
	switch {
	case err != nil && ctx.Err() == nil:
		x.log.Warn().Str("error", err.Error()).Msg("forget old runs")
	case gone > 0:
		x.log.Info().Int("runs", gone).Msg("old runs left the ledger")
	}
}
