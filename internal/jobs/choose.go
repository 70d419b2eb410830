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

// Refusing gives a refused file that has a job of one of these names, or may have one because
// its jobs can't be read; nil: there is none.
func (f *File) Refusing(names ...string) *Refused {
	for i := range f.Refused {
		r := &f.Refused[i]
		if len(r.Jobs) == 0 || slices.ContainsFunc(names, func(name string) bool { return slices.Contains(r.Jobs, name) }) {
			return r
		}
	}
	return nil
}

// mostNamed is how many jobs a message names.
const mostNamed = 20

// JobNames lists the jobs for a message.
func (f *File) JobNames() string {
	names := make([]string, len(f.Jobs))
	for i, job := range f.Jobs {
		names[i] = job.Name
	}
	return SomeNames(names)
}

// SomeNames lists names of jobs for a message, the first of many.
func SomeNames(names []string) string {
	if more := len(names) - mostNamed; more > 0 {
		names = append(names[:mostNamed:mostNamed], fmt.Sprintf("and %d more", more))
	}
	return strings.Join(names, ", ")
}
