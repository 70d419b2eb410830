package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"speckle-runner/internal/web/probe"
)

func healthCommand(s *settings) *cobra.Command {
	var listen string
	command := &cobra.Command{
		Use:   "health",
		Short: "Ask a running serve whether it is healthy, for container health checks",
		Long:  `Ask the serve on this machine whether its tick loop is alive. The exit code is 0 if it is, else 1.`,
		Args:  noArguments,
		RunE: func(command *cobra.Command, _ []string) error {
			address, err := probe.Address(listen)
			if err != nil {
				return usagef("--listen %q: %w", listen, err)
			}
			text, err := probe.Health(command.Context(), address)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(s.out, strings.TrimSpace(text))
			return err
		},
	}
	command.Flags().StringVar(&listen, "listen", defaultListen, "the --listen address of that serve")
	return command
}
