package commandline

import (
	"slices"

	"github.com/spf13/cobra"
)

// What a command doesn't use isn't held against it: it goes on whatever the variables say.
// typed are the flags that stand on the command line itself.

// WritesLog reports whether a command writes a log, or was told how to.
func WritesLog(command *cobra.Command, typed []string) bool {
	write := []string{"run", "backfill", "serve", "paths", "redeliver", "install"}
	return slices.Contains(write, command.Name()) || slices.Contains(typed, "log-format") || slices.Contains(typed, "log-level")
}

// ReadsVariables reports whether a command needs the variables of --env-file, or was given it.
func ReadsVariables(command *cobra.Command, typed []string) bool {
	none := []string{"version", "help", "schema", "init", "completion"}
	shell := command.HasParent() && command.Parent().Name() == "completion" // completion bash and its like
	return slices.Contains(typed, "env-file") || !slices.Contains(none, command.Name()) && !shell && !command.DisableFlagParsing
}

// OpensLedger reports whether a command asks the ledger of this machine.
func OpensLedger(command *cobra.Command) bool {
	ask := []string{"run", "backfill", "serve", "runs", "show", "cancel", "redeliver", "install"}
	return slices.Contains(ask, command.Name())
}
