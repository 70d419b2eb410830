package note

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"speckle-runner/internal/figures"
	"speckle-runner/internal/output/diff"
	"speckle-runner/internal/said"
)

// Bounds on what a message tells of changes.
const (
	// MaxChanges is how many records of each kind of change are named.
	MaxChanges = 5
	maxNoun    = 30
)

// changeList says what changed: "2 models added, 1 removed, 3 changed since …",
// and names some of each kind.
func changeList(in Input, zone *time.Location) List {
	c := in.Changes
	if c == nil {
		return List{}
	}
	l := List{Head: whatChanged(in) + " since " + c.Since.In(zone).Format("2006-01-02 15:04")}
	for _, kind := range kindsOf(c) {
		l.Lines = append(l.Lines, named(kind.list, kind.what)...)
	}
	return l
}

type changeKind struct {
	what string
	list diff.List
}

// kindsOf gives the kinds of changes that there are.
func kindsOf(c *diff.Changes) []changeKind {
	kinds := []changeKind{{"added", c.Added}, {"removed", c.Removed}, {"changed", c.Changed}}
	return slices.DeleteFunc(kinds, func(k changeKind) bool { return k.list.Count == 0 })
}

// whatChanged says it in a few words: "2 models added, 1 removed".
func whatChanged(in Input) string {
	noun := cmp.Or(said.LineWithin(in.Noun, maxNoun), "records")
	var parts []string
	for _, kind := range kindsOf(in.Changes) {
		count := figures.Grouped(kind.list.Count)
		if parts == nil { // the first says of what
			count += " " + counted(kind.list.Count, noun)
		}
		parts = append(parts, count+" "+kind.what)
	}
	return cmp.Or(strings.Join(parts, ", "), "No changes")
}

// named gives a line for each of the first records, and one for the others.
func named(c diff.List, what string) []string {
	var lines []string
	for _, r := range c.Records[:min(len(c.Records), MaxChanges)] {
		fields := ""
		if len(r.Fields) > 0 {
			fields = " (" + said.LineWithin(strings.Join(r.Fields, ", "), maxLine/2) + ")"
		}
		lines = append(lines, what+": "+said.LineWithin(r.Name, maxLine-len(what)-len(fields)-2)+fields)
	}
	if rest := c.Count - int64(len(lines)); rest > 0 {
		lines = append(lines, what+": … and "+figures.Grouped(rest)+" more")
	}
	return lines
}

// counted gives the noun of a count: the name of a list is a plural.
func counted(n int64, plural string) string {
	switch stem, y := strings.CutSuffix(plural, "ies"); {
	case n != 1:
		return plural
	case y:
		return stem + "y"
	default:
		return strings.TrimSuffix(plural, "s")
	}
}
