package run

import (
	"fmt"
	"strings"

	"speckle-runner/internal/jobs"
)

// unsupportedError says that a job asks for what a run can't do yet.
type unsupportedError struct{ what string }

func (e *unsupportedError) Error() string { return e.what }

// Supported refuses what the job file may say already and a run can't do:
// before anything is fetched, and by name.
func Supported(job *jobs.Job) error {
	for i := range job.Outputs {
		scheme, _, cloud := strings.Cut(job.Outputs[i].File.Text(), "://")
		if cloud {
			return &unsupportedError{fmt.Sprintf("output %d: this version can't write to %s:// yet; write a file below --output-dir", i+1, scheme)}
		}
	}
	return nil
}
