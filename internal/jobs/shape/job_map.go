package shape

import (
	"fmt"
	"reflect"
	"strings"

	"speckle-runner/internal/jobs/document"
	"speckle-runner/internal/pattern"
	"speckle-runner/internal/said"
)

// Jobs is the jobs, by name, in file order.
type Jobs struct {
	At
	List []NamedJob
}

// NamedJob is a job with its name.
type NamedJob struct {
	Name  string
	Place At // of the name
	Job   *Job
}

const maxName = 100

var (
	namePattern = pattern.New(`^[a-z0-9][a-z0-9-]*$`)
	notInName   = pattern.New(`[^a-z0-9]+`)
)

func (m *Jobs) read(r *Reader, a At, _ Key) {
	list := document.Problem{Message: "want a mapping of names to jobs, not a list", Hint: "write each job's name as a key: nightly-models:"}
	empty := document.Problem{Message: "there is no job", Hint: Missing["jobs"]}
	if r.named(a, list, empty, func(name, value At) { m.job(r, name, value) }) {
		m.At = a
	}
}

func (m *Jobs) job(r *Reader, name, value At) {
	r.jobName(name, name.Node.Text)
	if !r.wants(value, document.KindMapping) {
		return
	}
	one := &Job{At: value}
	r.Mapping(value, reflect.ValueOf(one).Elem())
	m.List = append(m.List, NamedJob{name.Node.Text, name, one})
}

func (m *Jobs) fill(Key) {}

func (r *Reader) jobName(a At, name string) {
	switch {
	case len(name) > maxName:
		r.Problem(a, document.Problem{Message: fmt.Sprintf("the name is longer than %d characters", maxName)})
	case !namePattern().MatchString(name):
		p := document.Problem{Message: fmt.Sprintf("%s can't be a job's name: want lower-case letters, digits and hyphens", said.Quoted(name))}
		if better := strings.Trim(notInName().ReplaceAllString(strings.ToLower(name), "-"), "-"); better != "" {
			p.Hint = "write " + better
		}
		r.Problem(a, p)
	}
}

// Inherit takes from defaults what the job doesn't say. A job that says one
// key of a group takes no other key of it.
func (j *Job) Inherit(d *Defaults) {
	if d == nil {
		return
	}
	mine, theirs := reflect.ValueOf(j).Elem(), reflect.ValueOf(d).Elem()
	keys := KeysOf(defaultsType)
	said := map[string]bool{}
	for _, k := range keys {
		if k.group != "" && j.At.Node.Get(k.Name) != nil {
			said[k.group] = true
		}
	}
	for _, k := range keys {
		if j.At.Node.Get(k.Name) == nil && !said[k.group] && FieldOf(theirs, k).Given() {
			mine.FieldByIndex(k.index).Set(theirs.FieldByIndex(k.index))
		}
	}
}
