package report

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"speckle-runner/internal/figures"
	"speckle-runner/internal/look"
	"speckle-runner/internal/said"
)

// Bounds on what a line shows: the model's own texts may be whole pages.
const (
	maxShownPath    = 120
	maxShownUnit    = 30
	maxShownExample = 60
)

// Paths lists which properties the elements of a version have.
func Paths(w io.Writer, p *look.Paths) error {
	fmt.Fprintf(w, "%s\n\n", look.VersionText(&p.Version))
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "PATH\tELEMENTS\tUNIT\tEXAMPLE")
	for _, one := range p.Paths {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", said.Line(one.Name, maxShownPath), figures.Grouped(one.Elements),
			said.Line(strings.Join(look.UnitsOf(one), ", "), maxShownUnit), said.Line(one.Example.String(), maxShownExample))
	}
	return table.Flush()
}
