package jobs

import (
	"fmt"
	"slices"
	"strings"
)

// Choose gives the named jobs, in the order of the names, each once, and the names
// that no job has.
func (f *File) Choose(names []string) (chosen []*Job, unknown []string) {
	for i, name := range names {
		if slices.Contains(names[:i], name) {
			continue
		}
		if job := f.Job(name); job != nil {
			chosen = append(chosen, job)
		} else {
			unknown = append(unknown, name)
		}
	}
	return chosen, unknown
}

// mostNamed is how many jobs a message names.
const mostNamed = 20

// JobNames lists the jobs for a message.
func (f *File) JobNames() string {
	var names []string
	for _, job := range f.Jobs[:min(len(f.Jobs), mostNamed)] {
		names = append(names, job.Name)
	}
	if more := len(f.Jobs) - mostNamed; more > 0 {
		names = append(names, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(names, ", ")
}
