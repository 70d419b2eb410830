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
		Short: "Ask a running serve whether its loop is alive, for container health checks",
		Long:  `Ask the serve on this machine whether its tick loop is alive. Exit code 0 if it is, else 1.`,
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
	command.Flags().StringVar(&listen, "listen", defaultListen, "the address that serve was given")
	return command
}
