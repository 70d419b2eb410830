package main

import (
	"encoding/json"

	"github.com/spf13/cobra"

	"speckle-runner/internal/look"
	"speckle-runner/internal/report"
)

func scopesCommand(s *settings) *cobra.Command {
	command := &cobra.Command{
		Use:   "scopes [JOB...]",
		Short: "Show the least scopes that each job's token needs, and why",
		Long: `Show the least scopes that the token of each job needs, or of those named, and
which fields of its queries ask for them. Nothing is sent: the facts are those of
Speckle's open source server. A field that it doesn't have is shown as unknown.

  runner scopes nightly-models

At the end it says what to tick in Speckle's "New Token" dialog, for each token:
jobs that share one need the scopes of all of them.`,
		ValidArgsFunction: s.completeJobs,
		RunE: func(_ *cobra.Command, names []string) error {
			asJSON, err := s.json()
			if err != nil {
				return err
			}
			chosen, err := s.loadChosen(names)
			if err != nil {
				return err
			}
			if asJSON {
				return json.NewEncoder(s.out).Encode(look.ScopesOf(chosen))
			}
			return report.Scopes(s.out, chosen)
		},
	}
	s.formatFlag(command)
	return command
}
