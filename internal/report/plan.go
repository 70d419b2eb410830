package report

import (
	"fmt"
	"io"
	"strings"

	"speckle-runner/internal/figures"
	"speckle-runner/internal/run"
)

// shownTargets bounds what is listed of one dry run: a for_each may write
// thousands of files.
const shownTargets = 10

// plan says what a run would have published, and shows the first records.
func plan(w io.Writer, r *run.Result) {
	if r.Mutations > 0 {
		fmt.Fprintf(w, "  dry run: nothing was changed and nothing was published; would send %s\n", figures.Count(r.Mutations, "mutation"))
		for _, text := range r.Unsent {
			fmt.Fprintf(w, "    %s\n", text)
		}
		if more := r.Mutations - len(r.Unsent); more > 0 {
			fmt.Fprintf(w, "    and %d more\n", more)
		}
		return
	}
	fmt.Fprintln(w, "  dry run: nothing was published")
	for i, p := range r.Plan {
		if i == shownTargets {
			fmt.Fprintf(w, "  and to %s\n", figures.Count(len(r.Plan)-i, "more target"))
			break
		}
		if p.Webhook {
			fmt.Fprintf(w, "  would send %s to %s; the first is\n    %s\n", figures.Count(p.Messages, "message"), p.Target, p.Message)
			continue
		}
		fmt.Fprintf(w, "  would write %s (%s)\n", p.Target, figures.Count(p.Records, "record"))
		if p.Latest != "" {
			fmt.Fprintf(w, "  would write %s (the newest)\n", p.Latest)
		}
		if len(p.Columns) > 0 {
			fmt.Fprintf(w, "    columns: %s\n", strings.Join(p.Columns, ", "))
		}
	}
	if len(r.Sample) > 0 {
		fmt.Fprintln(w, "  the first records are")
	}
	for _, record := range r.Sample {
		fmt.Fprintf(w, "    %s\n", record)
	}
}
