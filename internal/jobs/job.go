package jobs

import (
	"maps"
	"slices"
	"time"

	"speckle-runner/internal/jobs/choices"
	"speckle-runner/internal/jobs/document"
	"speckle-runner/internal/jobs/jq"
	"speckle-runner/internal/jobs/placeholder"
	"speckle-runner/internal/jobs/schedule"
	"speckle-runner/internal/jobs/shape"
	"speckle-runner/internal/output/format"
	"speckle-runner/internal/secret"
	"speckle-runner/internal/speckle/endpoint"
	"speckle-runner/internal/speckle/query"
	"speckle-runner/internal/summary"
)

// File is a job file that was read and found good, or several that were put together.
type File struct {
	Name string // as it was given
	Dir  string // folder of the file: query and token files are relative to it; "" of several
	Hash string // sha256 of the file and its query files, in hex
	Jobs []*Job // in file order

	Parts   []*File   // the files in force, of several; nil: it is one
	Refused []Refused // the others

	given   []string       // the files and folders of several
	src     *document.Text // of one
	claims  []claim        // of one
	queries []string       // of one: its query files, as it names them
}

// parts gives the files that it consists of: itself, when it is one.
func (f *File) parts() []*File {
	if f.Parts == nil {
		return []*File{f}
	}
	return f.Parts
}

// Job gives the job of a name, nil when there is none.
func (f *File) Job(name string) *Job {
	for _, j := range f.Jobs {
		if j.Name == name {
			return j
		}
	}
	return nil
}

// Enabled gives every job that isn't disabled.
func (f *File) Enabled() []*Job {
	var chosen []*Job
	for _, j := range f.Jobs {
		if !j.Disabled {
			chosen = append(chosen, j)
		}
	}
	return chosen
}

// TokenVariables lists the environment variables that hold the jobs' tokens, in the
// order of the jobs.
func (f *File) TokenVariables() []string {
	var names []string
	for _, j := range f.Jobs {
		if name := j.Token.Env; name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// SecretVariables lists the environment variables that hold tokens and other
// secrets of any job.
func (f *File) SecretVariables() []string {
	var names []string
	for _, j := range f.Jobs {
		names = append(names, j.SecretVariables()...)
		if j.Token.Env != "" {
			names = append(names, j.Token.Env)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Job is one job with all defaults in place, ready to run.
type Job struct {
	Name        string
	Description string
	Line        int    // of its name in the file
	Hash        string // changes with anything that changes what the job does

	Server    endpoint.Server
	Token     secret.Source
	Scopes    []string // nil: not declared
	Query     *query.Query
	QueryFile string    // as written; "" when the query stands in the job file
	Elements  *Elements // in place of Query; nil: it has one
	Variables []Variable
	Mutation  bool

	Zone      *time.Location
	Schedule  schedule.Set // empty when Manual, and where OnVersion stands alone
	Schedules []string     // as written
	Manual    bool
	OnVersion *OnVersion // nil: not due for versions

	Select    *jq.Program   // nil: records as they come
	Until     *jq.Program   // ends paging at the first record that it is true for; nil: all pages are read
	Summarize *summary.Spec // groups in place of the records; nil: the records
	ForEach   *ForEach      // nil: the query runs once
	Outputs   []Output
	Notify    []Notify

	Timeout  time.Duration
	MaxBytes int64         // of all answers of one attempt, and of its records on disk
	Retries  int           // attempts after the first
	RetryFor time.Duration // how long after the first failure another attempt may begin
	// RetriesGiven and RetryForGiven say that the file has them: without, the
	// first bounds only what waiting won't mend, the second only scheduled runs.
	RetriesGiven, RetryForGiven bool

	Overlap      choices.Overlap
	Missed       choices.Missed
	MissedWindow time.Duration
	Spread       time.Duration
	OnPartial    choices.OnPartial
	Complete     choices.Complete
	ShrinkLimit  float64 // share of the last good run, 0.5 for 50%; 0: off
	// Lookback is how far before the last good run the mark lies; 0: at it, also
	// where nothing is read by the mark, or records have no id to be recognised by.
	Lookback time.Duration
	Disabled bool

	written written
}

// File gives the name of the file that the job stands in, "" when it isn't known.
func (j *Job) File() string {
	if j.written.src == nil {
		return ""
	}
	return j.written.src.Name
}

// HasVersion reports whether each run of the job, other than by hand, is of a
// version: it is due for nothing else.
func (j *Job) HasVersion() bool { return j.OnVersion != nil && len(j.Schedules) == 0 }

// StuckAfter is how long after its begin an attempt counts as stuck: when its timeout is
// over, to put back what it had begun takes a moment.
func (j *Job) StuckAfter() time.Duration { return j.Timeout + time.Minute }

// SMTP gives the server of the job's mail, nil where it sends none.
func (j *Job) SMTP() *SMTP {
	for i := range j.Outputs {
		if m := j.Outputs[i].Mail; m != nil {
			return &m.Server
		}
	}
	for i := range j.Notify {
		if m := j.Notify[i].Mail; m != nil {
			return &m.Server
		}
	}
	return nil
}

// ForEach runs a job's query once for each record of another query.
type ForEach struct {
	Query       *query.Query
	QueryFile   string
	Variables   []Variable
	Select      *jq.Program // nil: records as they come
	Until       *jq.Program // as the job's
	Concurrency int
	Batch       int // items in one request, at the most; 1: each by itself
	OnError     choices.OnError
}

// Output is one place that a run's records go to: a file, a webhook or mail.
type Output struct {
	Line          int
	OnlyIfChanged bool
	Ignore        []string // fields that don't count as a change

	// Of a file.
	File         placeholder.Template // zero: a message
	Format       format.Format
	Columns      []Column // nil: found
	FormulaGuard bool
	BOM          bool
	Separator    string               // "" is a comma
	Latest       placeholder.Template // zero: none
	Keep         int                  // 0: all
	Overwrite    bool
	Append       bool // add to the file instead of replacing it
	Manifest     bool

	// Of a webhook.
	Hook      Hook
	Send      choices.Send
	Batch     int
	OnlyIfAny bool // or of mail

	Mail *Mail // nil: a file or a webhook
}

// Column is one column of a table.
type Column struct {
	Name string
	Path string // dotted
	Type string // one of record.Types; "": what is known of it, or what the data is
}

// IsFile tells a file from a message.
func (o *Output) IsFile() bool { return !o.File.IsZero() }

// Hook is the receiver of an output or a notification, and what it is sent.
// Secrets are named here, never held.
type Hook struct {
	Address    placeholder.Template // zero: AddressEnv
	AddressEnv string
	SecretEnv  string
	Signature  string      // "standard" or "speckle"
	Preset     string      // "slack", "teams", "discord" or ""
	Body       *jq.Program // nil: none
	Headers    map[string]string
	HeadersEnv map[string]string // header → variable
}

// Notify is a message about runs, or a heartbeat.
type Notify struct {
	Line         int
	Hook         Hook
	Mail         *Mail    // nil: a webhook, or a heartbeat
	On           []string // "failure", "recovery", "undelivered", "success", "missed", "skipped"
	Cooldown     time.Duration
	HeartbeatEnv string // not "": only this, no Hook
}

// SecretVariables lists the environment variables that the job's outputs and
// notifications name, sorted: all but its token's.
func (j *Job) SecretVariables() []string {
	var names []string
	mail := func(m *Mail) {
		if m != nil {
			names = append(names, m.Server.UsernameEnv, m.Server.PasswordEnv)
		}
	}
	add := func(h *Hook) {
		names = append(names, h.AddressEnv, h.SecretEnv)
		names = slices.AppendSeq(names, maps.Values(h.HeadersEnv))
	}
	for i := range j.Outputs {
		add(&j.Outputs[i].Hook)
		mail(j.Outputs[i].Mail)
	}
	for i := range j.Notify {
		add(&j.Notify[i].Hook)
		mail(j.Notify[i].Mail)
		names = append(names, j.Notify[i].HeartbeatEnv)
	}
	slices.Sort(names)
	return slices.DeleteFunc(slices.Compact(names), func(name string) bool { return name == "" })
}

// written is where a job's schedules stand, for what is found out about them
// later.
type written struct {
	src       *document.Text
	schedules []shape.Text
	timed     []shape.Text // paths that only the time of day tells two ticks apart in
}

// Refused is one of several job files whose newest text isn't in force.
type Refused struct {
	File     string
	Problems document.Problems // what is wrong with it
	Jobs     []string          // of the text in force, else those that it would bring, as far as it can be read
	Kept     bool              // a text of before stays in force
}
