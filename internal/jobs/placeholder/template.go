// Package placeholder expands {job}, {date} and the like in variables, paths
// and addresses. It knows no environment variable and never runs a program, and
// what a record's value holds never leads a path out of its directory or an
// address to another host.
package placeholder

import (
	"slices"
	"strings"
	"time"
)

// Target is what an expanded text is for: it decides how times are written
// and which characters are made safe.
type Target int

// The targets.
const (
	Variable Target = iota // {tick} is RFC 3339
	Path                   // {tick} is 20260302T023000Z; {each.NAME} is made safe for a file name
	Address                // {tick} is 20260302T023000Z; values are escaped for a URL
)

// Values are what placeholders stand for in one run.
type Values struct {
	Job         string
	Run         string
	Tick        time.Time
	Zone        *time.Location // of {date}, {time}, {year}, {month}, {day} and {offset}; nil: UTC
	LastSuccess time.Time      // zero: never
	Each        map[string]any // nil: no for_each
	Version     string         // "": none is known
	Model       string         // of Version
}

// Template is a text with placeholders, parsed. The zero Template is none.
type Template struct {
	text  string
	parts []part
}

// part is a literal text, or a placeholder when name isn't empty.
type part struct {
	literal  string
	name     string    // as in known, "each" for {each.NAME}
	field    []string  // of each: the path to the value
	fallback time.Time // of last_success
}

const (
	lastSuccess = "last_success"
	each        = "each"
	version     = "version"
	ofModel     = "version.model"
)

// known are the placeholders without those of for_each; true: it is another
// text in another run of the job.
var known = map[string]bool{
	"job": false, "tick": true, "date": true, "time": true, "year": true, "month": true, "day": true,
	"offset": false, "run": true, lastSuccess: true, version: false, ofModel: false,
}

// IsZero reports whether there is no template.
func (t Template) IsZero() bool { return t.text == "" }

// Text gives the template as it was written.
func (t Template) Text() string { return t.text }

// Uses reports whether a placeholder is in it: "last_success", or "each" for any of {each.NAME}.
func (t Template) Uses(name string) bool {
	return slices.ContainsFunc(t.parts, func(p part) bool { return p.name != "" && (p.name == name || p.written() == name) })
}

// WantsSuccess reports whether it can't be expanded before the job has succeeded.
func (t Template) WantsSuccess() bool {
	return slices.ContainsFunc(t.parts, func(p part) bool { return p.name == lastSuccess && p.fallback.IsZero() })
}

// Names gives the placeholders in it, each once, in the order of the text:
// "job", "last_success" without its default, "each.project.id".
func (t Template) Names() []string {
	var names []string
	for _, p := range t.parts {
		if p.name != "" && !slices.Contains(names, p.written()) {
			names = append(names, p.written())
		}
	}
	return names
}

// PerRun reports whether it gives another text in another run of the job, for
// the same record of for_each: two runs never write to the same path then.
func (t Template) PerRun() bool {
	return slices.ContainsFunc(t.parts, func(p part) bool { return known[p.name] })
}

// written is a placeholder's name as it stands in the text.
func (p part) written() string {
	if p.name == each {
		return each + "." + strings.Join(p.field, ".")
	}
	return p.name
}
