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
		Short: "Show the fewest scopes that each job's token needs, and why",
		Long: `Show the fewest scopes that each job's token needs, and which fields of the job's
queries need them. Nothing is sent: the answers come from Speckle's open source
server. A field that it doesn't have is shown as unknown.

  runner scopes nightly-models

At the end it says what to tick in Speckle's "New Token" dialog for each token.
A token that several jobs share needs the scopes of all of them.`,
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
