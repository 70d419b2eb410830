package report

import (
	"fmt"
	"io"
	"text/tabwriter"

	"speckle-runner/internal/figures"
	"speckle-runner/internal/jobs"
	"speckle-runner/internal/look"
)

// Scopes says which scopes each job's token needs and why, and what to tick when such
// a token is made.
func Scopes(w io.Writer, chosen []*jobs.Job) error {
	if err := scopesTable(w, chosen); err != nil {
		return err
	}
	newTokens(w, chosen)
	return nil
}

func scopesTable(w io.Writer, chosen []*jobs.Job) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "JOB\tSCOPE\tASKED FOR BY")
	for _, job := range chosen {
		name := job.Name
		row := func(what, why string) {
			fmt.Fprintf(table, "%s\t%s\t%s\n", name, what, why)
			name = ""
		}
		n := job.Needs()
		for _, scope := range n.Scopes {
			row(scope, fieldNames(n.Because[scope]))
		}
		for _, scope := range n.Soft {
			row(scope, fieldNames(n.Because[scope])+": empty without it, and the server doesn't say so")
		}
		if len(n.Scopes)+len(n.Soft) == 0 {
			row("none", "any token will do")
		}
		for _, scope := range n.Advised {
			row("("+scope+")", fieldNames(n.Because[scope])+": the open source server doesn't ask for it, others may")
		}
		for _, role := range n.Roles {
			row("role "+role, fieldNames(n.Roled[role]))
		}
		if len(n.Unknown) > 0 {
			row("unknown", fieldNames(n.Unknown)+": not in the open source schema, so its scopes aren't known")
		}
	}
	return table.Flush()
}

// fieldNames lists the first of what asks for a scope.
func fieldNames(names []string) string { return figures.First(names, "more field") }

// newTokens says what to tick when a token is made: once for each place that a
// token is read from, because jobs that share one need the scopes of all.
func newTokens(out io.Writer, chosen []*jobs.Job) {
	fmt.Fprintln(out)
	for _, t := range look.Tokens(chosen) {
		fmt.Fprintf(out, "New Token for %s (%s):  %s\n", t.Source.Short(), figures.First(t.Jobs, "more job"), t.Tick())
	}
}
