package run

import (
	"fmt"
	"strings"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/output/blob"
)

// unsupportedError says that a job asks for what this build can't do.
type unsupportedError struct{ what string }

func (e *unsupportedError) Error() string { return e.what }

// Supported refuses, before anything is read, a bucket that this build can't write to: a
// build with the tag nocloud has no client of any cloud.
func Supported(job *jobs.Job) error {
	for i := range job.Outputs {
		scheme, _, cloud := strings.Cut(job.Outputs[i].File.Text(), "://")
		if cloud && !blob.Supports(scheme) {
			return &unsupportedError{fmt.Sprintf("output %d: this build of runner can't write to %s:// (it was built with the tag nocloud or "+
				"demo); use the released one, or write a file below --output-dir", i+1, scheme)}
		}
	}
	return nil
}
