package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"speckle-runner/internal/figures"
	"speckle-runner/internal/jobs"
	"speckle-runner/internal/look"
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
			if err := s.scopesTable(chosen); err != nil {
				return err
			}
			newTokens(s.out, chosen)
			return nil
		},
	}
	s.formatFlag(command)
	return command
}

func (s *settings) scopesTable(chosen []*jobs.Job) error {
	table := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "JOB\tSCOPE\tASKED FOR BY")
	for _, job := range chosen {
		name := job.Name
		row := func(what, why string) {
			fmt.Fprintf(table, "%s\t%s\t%s\n", name, what, why)
			name = ""
		}
		n := job.Needs()
		for _, scope := range n.Scopes {
			row(scope, fields(n.Because[scope]))
		}
		for _, scope := range n.Soft {
			row(scope, fields(n.Because[scope])+": empty without it, and the server doesn't say so")
		}
		if len(n.Scopes)+len(n.Soft) == 0 {
			row("none", "any token will do")
		}
		for _, scope := range n.Advised {
			row("("+scope+")", fields(n.Because[scope])+": the open source server doesn't ask for it, others may")
		}
		for _, role := range n.Roles {
			row("role "+role, fields(n.Roled[role]))
		}
		if len(n.Unknown) > 0 {
			row("unknown", fields(n.Unknown)+": not in the open source schema, so its scopes aren't known")
		}
	}
	return table.Flush()
}

// fields lists the first of what asks for a scope.
func fields(names []string) string { return first(names, "more field") }

// first lists the first of many names, and counts the rest.
func first(names []string, more string) string {
	const most = 4
	if rest := len(names) - most; rest > 0 {
		return fmt.Sprintf("%s and %s", strings.Join(names[:most], ", "), figures.Count(rest, more))
	}
	return strings.Join(names, ", ")
}

// newTokens says what to tick when a token is made: once for each place that a
// token is read from, because jobs that share one need the scopes of all.
func newTokens(out io.Writer, chosen []*jobs.Job) {
	fmt.Fprintln(out)
	for _, t := range look.Tokens(chosen) {
		fmt.Fprintf(out, "New Token for %s (%s):  %s\n", t.Short(), first(t.Jobs, "more job"), t.Tick())
	}
}
