package main

import (
	"encoding/json"
	"strings"

	"github.com/spf13/cobra"

	"speckle-runner/internal/door"
	"speckle-runner/internal/report"
	"speckle-runner/internal/store"
)

func runsCommand(s *settings) *cobra.Command {
	var wanted []string
	var limit int
	var undelivered bool
	command := &cobra.Command{
		Use:   "runs [JOB]",
		Short: "List the ledger: every due time and how it ended",
		Long: `List the runs in the ledger, newest due time first.

  runner runs nightly-models
  runner runs --state failed,missed
  runner runs --undelivered         those that owe messages; redeliver sends or forgets them`,
		RunE: func(command *cobra.Command, args []string) error {
			asJSON, err := s.json()
			if err != nil {
				return err
			}
			filter := store.Filter{Limit: limit, Undelivered: undelivered}
			switch len(args) {
			case 0:
			case 1:
				filter.Job = args[0]
			default:
				return usagef("runs takes one job, but got %s", strings.Join(args, ", "))
			}
			if filter.States, err = door.States(wanted); err != nil {
				return err
			}
			return s.withDoor(command.Context(), func(d door.Door) error {
				runs, err := d.Runs(command.Context(), filter)
				if err != nil {
					return err
				}
				if asJSON {
					return json.NewEncoder(s.out).Encode(append([]store.Run{}, runs...))
				}
				return report.Runs(s.out, runs, filter.Job)
			})
		},
	}
	s.formatFlag(command)
	s.serverFlags(command)
	command.Flags().StringSliceVar(&wanted, "state", nil, "only runs in these states")
	command.Flags().BoolVar(&undelivered, "undelivered", false, "only runs with messages that are waiting or were given up")
	command.Flags().IntVar(&limit, "limit", 50, "at most this many runs")
	return command
}
