package note

import (
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"speckle-runner/internal/figures"
	"speckle-runner/internal/output/diff"
	"speckle-runner/internal/output/target"
)

// Input is what a message for people is made of.
type Input struct {
	Job, Description, Run string

	Tick  time.Time
	Zone  *time.Location // nil: UTC
	State string         // "" and "succeeded" are success
	Error string         // of a run that didn't
	Next  string         // what a person can do
	Count int64
	Files []target.Published
	// Where says of the files where they are, in place of their names alone.
	Where  []List
	Sample []jsontext.Value // the first records
	// Changes is what differs from the last export; nil when that isn't known.
	Changes *diff.Changes
	Noun    string // what changed, such as "models"; "" is "records"
}

// List is some lines below a head.
type List struct {
	Head  string
	Lines []string
}

// more adds how many of all aren't shown.
func (l *List) more(all int64) {
	if rest := all - int64(len(l.Lines)); rest > 0 {
		l.Lines = append(l.Lines, "… and "+figures.Grouped(rest)+" more")
	}
}

// Bounds on a message that hold for every service, so that each has room for
// its own markup.
const (
	maxTitle = 120
	maxLine  = 160
	maxError = 600
	maxNames = 10
	maxFiles = 10
)
