package report

import (
	"fmt"
	"io"

	"speckle-runner/internal/figures"
	"speckle-runner/internal/jobs"
	"speckle-runner/internal/secret"
)

// Valid names the job files that are good, each with the number of its jobs, and what else helps, a line or "".
func Valid(w io.Writer, file *jobs.File, warnings int, hint string) {
	defer fmt.Fprint(w, hint)
	if file.Parts == nil {
		fmt.Fprintf(w, "%s is valid: %s%s\n", secret.MaskAll(file.Name), figures.Count(len(file.Jobs), "job"), warned(warnings))
		return
	}
	for _, part := range file.Parts {
		fmt.Fprintf(w, "%s is valid: %s\n", secret.MaskAll(part.Name), figures.Count(len(part.Jobs), "job"))
	}
	fmt.Fprintf(w, "%s: %s in %s are valid%s%s\n", secret.MaskAll(file.Name), figures.Count(len(file.Jobs), "job"),
		figures.Count(len(file.Parts), "file"), leftOut(file.Refused), warned(warnings))
}

func leftOut(refused []jobs.Refused) string {
	switch len(refused) {
	case 0:
		return ""
	case 1:
		return ", 1 file is refused"
	}
	return fmt.Sprintf(", %d files are refused", len(refused))
}

func warned(n int) string {
	if n == 0 {
		return ""
	}
	return ", " + figures.Count(n, "warning")
}
