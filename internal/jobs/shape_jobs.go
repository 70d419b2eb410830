package jobs

import (
	"fmt"
	"reflect"
	"regexp"
	"strings"

	"speckle-runner/internal/jobs/document"
	"speckle-runner/internal/said"
)

// jobMap is the jobs, by name, in file order.
type jobMap struct {
	at
	list []named
}

type named struct {
	name  string
	place at // of the name
	job   *job
}

const maxName = 100

var (
	namePattern = regexp.MustCompile(`^[a-z0-9][a-z0-9-]*$`)
	notInName   = regexp.MustCompile(`[^a-z0-9]+`)
)

func (m *jobMap) read(r *reader, a at, _ key) {
	if a.node.Kind == document.KindList {
		r.problem(a, document.Problem{Message: "want a mapping of names to jobs, not a list", Hint: "write each job's name as a key: nightly-models:"})
		return
	}
	if !r.wants(a, document.KindMapping) {
		return
	}
	m.at = a
	if len(a.node.Entries) == 0 {
		r.problem(a, document.Problem{Message: "there is no job", Hint: missing["jobs"]})
	}
	for _, e := range a.node.Entries {
		name := e.Key.Text
		place := at{e.Key, join(a.path, name)}
		r.jobName(place, name)
		if e.Value.Kind != document.KindMapping {
			r.wants(at{e.Value, place.path}, document.KindMapping)
			continue
		}
		one := &job{At: at{e.Value, place.path}}
		r.mapping(one.At, reflect.ValueOf(one).Elem())
		m.list = append(m.list, named{name, place, one})
	}
}

func (m *jobMap) fill(key) {}

func (r *reader) jobName(a at, name string) {
	switch {
	case len(name) > maxName:
		r.problem(a, document.Problem{Message: fmt.Sprintf("the name is longer than %d characters", maxName)})
	case !namePattern.MatchString(name):
		p := document.Problem{Message: fmt.Sprintf("%s can't be a job's name: want lower-case letters, digits and hyphens", said.Quoted(name))}
		if better := strings.Trim(notInName.ReplaceAllString(strings.ToLower(name), "-"), "-"); better != "" {
			p.Hint = "write " + better
		}
		r.problem(a, p)
	}
}

// inherit takes from defaults what the job doesn't say. A job that says one
// key of a group takes no other key of it.
func (j *job) inherit(d *defaults) {
	if d == nil {
		return
	}
	mine, theirs := reflect.ValueOf(j).Elem(), reflect.ValueOf(d).Elem()
	keys := keysOf(defaultsType)
	said := map[string]bool{}
	for _, k := range keys {
		if k.group != "" && j.At.node.Get(k.name) != nil {
			said[k.group] = true
		}
	}
	for _, k := range keys {
		if j.At.node.Get(k.name) == nil && !said[k.group] && fieldOf(theirs, k).given() {
			mine.FieldByIndex(k.index).Set(theirs.FieldByIndex(k.index))
		}
	}
}
