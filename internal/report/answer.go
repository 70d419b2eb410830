package report

import (
	"fmt"
	"io"

	"speckle-runner/internal/look"
	"speckle-runner/internal/speckle/preflight"
)

// Marks of verdicts: for a terminal, and for files and pipes, where a sign may
// not survive.
var (
	signs = map[preflight.Verdict]string{preflight.Good: "✓", preflight.Warned: "!", preflight.Failed: "✗", preflight.Untold: "?"}
	words = map[preflight.Verdict]string{preflight.Good: "ok     ", preflight.Warned: "warning", preflight.Failed: "FAILED ",
		preflight.Untold: "unknown"}
)

// Answer says what one job's server said, with signs for a terminal.
func Answer(w io.Writer, j *look.Answer, terminal bool) {
	marks := words
	if terminal {
		marks = signs
	}
	head := j.Job + "  " + j.Server
	if j.Token.ID != "" {
		head += "  token " + j.Token.ID
	}
	fmt.Fprintln(w, head)
	for _, f := range j.Findings {
		fmt.Fprintf(w, "  %s  %-6s  %s\n", marks[f.Verdict], f.About, f.Text)
		if f.Hint != "" {
			fmt.Fprintf(w, "  %*s  %-6s  hint: %s\n", len([]rune(marks[f.Verdict])), "", "", f.Hint)
		}
	}
}
