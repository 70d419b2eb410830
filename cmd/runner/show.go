package main

import (
	"encoding/json"

	"github.com/spf13/cobra"

	"speckle-runner/internal/door"
	"speckle-runner/internal/report"
)

func showCommand(s *settings) *cobra.Command {
	command := &cobra.Command{
		Use:   "show RUN",
		Short: "Show one run: pages, records, files, deliveries and its own log",
		RunE: func(command *cobra.Command, args []string) error {
			asJSON, err := s.json()
			if err != nil {
				return err
			}
			if len(args) != 1 {
				return usagef("show takes one run, such as nightly-models-20260302T023000Z; runner runs lists them")
			}
			return s.withDoor(command.Context(), func(d door.Door) error {
				shown, err := d.Whole(command.Context(), args[0])
				if err != nil {
					return notFound(err)
				}
				if asJSON {
					return json.NewEncoder(s.out).Encode(shown)
				}
				return report.Run(s.out, shown)
			})
		},
	}
	s.formatFlag(command)
	s.serverFlags(command)
	return command
}
