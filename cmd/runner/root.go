package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
)

// execute runs one command line and gives its exit code.
func execute(ctx context.Context, args []string, to streams) int {
	root := &cobra.Command{
		Use:           "runner",
		Short:         "Run Speckle queries on a schedule and publish what comes back",
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.SetArgs(args)
	root.SetOut(to.out)
	root.SetErr(to.err)
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	root.AddCommand(versionCommand(to))
	err := root.ExecuteContext(ctx)
	if err != nil {
		fmt.Fprintf(to.err, "runner: %s\nRun 'runner --help' for the commands.\n", err)
	}
	return exitCode(err)
}
