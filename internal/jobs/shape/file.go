package shape

import (
	"fmt"
	"reflect"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"speckle-runner/internal/jobs/document"
	"speckle-runner/internal/pattern"
	"speckle-runner/internal/said"
)

// File is a job file at its top.
type File struct {
	At       At            `yaml:"-"`
	Server   Text          `yaml:"server" kind:"server" doc:"The Speckle server: an origin such as https://app.speckle.systems (queries then go to its /graphql), or a whole endpoint. https, or http on loopback; no user or password."`
	Timezone Text          `yaml:"timezone" kind:"zone" default:"UTC" doc:"IANA name of the time zone for schedules, {date}, and localtime in jq programs, such as Europe/London."`
	Defaults Opt[Defaults] `yaml:"defaults" doc:"Job keys that apply to every job that doesn't have the key itself."`
	SMTP     Opt[SMTP]     `yaml:"smtp" doc:"The server that mail is sent through, for email in outputs and notify. See below."`
	Notify   List[Notify]  `yaml:"notify" doc:"Messages about runs, for every job that has no notify of its own."`
	Jobs     Jobs          `yaml:"jobs" need:"true" doc:"The jobs, by name. A name has lower-case letters, digits and hyphens, as in nightly-models."`
}

// Jobs is the jobs, by name, in file order.
type Jobs struct {
	At
	List   []NamedJob
	Broken []string // names whose jobs are no mappings
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
		m.Broken = append(m.Broken, name.Node.Text)
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
		if better := strings.Trim(notInName().ReplaceAllString(plainLetters(name), "-"), "-"); better != "" {
			p.Hint = "write " + better
		}
		r.Problem(a, p)
	}
}

// plainLetters writes a name without marks on its letters, as people do where there are none.
func plainLetters(name string) string {
	spelled := strings.NewReplacer("ä", "ae", "ö", "oe", "ü", "ue", "ß", "ss", "æ", "ae", "ø", "oe", "å", "aa", "ł", "l", "đ", "d").
		Replace(norm.NFC.String(strings.ToLower(name)))
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, norm.NFD.String(spelled))
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
