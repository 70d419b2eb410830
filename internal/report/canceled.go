package report

import (
	"fmt"
	"io"

	"speckle-runner/internal/door"
	"speckle-runner/internal/figures"
	"speckle-runner/internal/store"
)

// Canceled says what became of a run that somebody wanted to end, and that may have
// been over before.
func Canceled(w io.Writer, run *store.Run, over bool) {
	switch {
	case !run.State.Ended():
		fmt.Fprintf(w, "%s was told to stop, and has not ended within %s: its node works on something that it can't leave, or is gone; "+
			"runner show %s tells\n", run.Run, figures.Took(door.EndsWithin), run.Run)
	case over:
		fmt.Fprintf(w, "%s had ended already: %s\n", run.Run, run.State)
	case run.State != store.Canceled:
		fmt.Fprintf(w, "%s had ended before it could stop: %s\n", run.Run, run.State)
	case run.Error == "":
		fmt.Fprintf(w, "%s canceled\n", run.Run)
	default:
		fmt.Fprintf(w, "%s canceled: %s\n", run.Run, run.Error)
	}
}
