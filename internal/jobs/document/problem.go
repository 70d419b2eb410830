package document

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"speckle-runner/internal/said"
	"speckle-runner/internal/secret"
)

// maxProblems bounds a list that a person reads; beyond maxHeld problems are
// only counted, so that a file of nonsense is refused quickly.
const (
	maxProblems = 200
	maxHeld     = 5000
)

// Problem is one thing wrong with a job file, or with a query file that it
// names. Line and Col count from 1, Col in characters.
type Problem struct {
	File    string
	Line    int
	Col     int
	Path    string // of keys, "jobs.nightly.outputs[0].file"; "" for the file itself
	Message string
	Hint    string // what to do, "" when the message says it
	Source  string // the line, tokens in it masked; a long one is cut
	Warning bool   // the file is usable all the same

	caret int // characters of Source before the place
}

// String gives the problem as a person reads it: place and message, the line
// with a caret, the hint.
func (p Problem) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s:%d:%d: ", p.File, p.Line, p.Col)
	if p.Warning {
		b.WriteString("warning: ")
	}
	if p.Path != "" {
		b.WriteString(p.Path + ": ")
	}
	b.WriteString(p.Message)
	if p.Source != "" {
		b.WriteString("\n    " + p.Source + "\n    " + p.margin() + "^")
	}
	if p.Hint != "" {
		b.WriteString("\n    hint: " + p.Hint)
	}
	return b.String()
}

// margin puts the caret below its character: a tab stays a tab, whatever its
// width on the reader's screen.
func (p Problem) margin() string {
	before := []rune(p.Source)
	before = before[:min(p.caret, len(before))]
	for i, r := range before {
		if r != '\t' {
			before[i] = ' '
		}
	}
	return string(before)
}

// Problems is everything wrong with a job file, sorted by place.
type Problems []Problem //nolint:errname // one problem is the error, these are many

// Error gives all problems, one after the other.
func (ps Problems) Error() string {
	texts := make([]string, len(ps))
	for i, p := range ps {
		texts[i] = p.String()
	}
	return strings.Join(texts, "\n")
}

// Errors gives those that make the file unusable.
func (ps Problems) Errors() Problems { return ps.only(false) }

// Warnings gives those that don't.
func (ps Problems) Warnings() Problems { return ps.only(true) }

func (ps Problems) only(warnings bool) Problems {
	return slices.DeleteFunc(slices.Clone(ps), func(p Problem) bool { return p.Warning != warnings })
}

// Collector gathers problems. A value that several jobs share, by defaults or
// an alias, is checked for each of them and reported once.
type Collector struct {
	main string // name of the job file, whose problems come first
	list []found
	seen map[Problem]bool

	more       int  // problems beyond maxHeld
	moreErrors bool // not all of those are warnings
}

// found is a problem before its line is shown: what else is found in that line
// may have to be hidden.
type found struct {
	Problem

	src *Text
}

// NewCollector begins an empty list for a job file of that name.
func NewCollector(main string) *Collector {
	return &Collector{main: main, seen: map[Problem]bool{}}
}

// Add reports a problem at a place of a file.
func (c *Collector) Add(src *Text, line, col int, p Problem) {
	if len(c.list) == maxHeld {
		c.more++
		c.moreErrors = c.moreErrors || !p.Warning
		return
	}
	p.File = secret.MaskAll(src.Name)
	p.Line, p.Col = src.within(line, col)
	if !p.Warning && strings.ContainsAny(src.line(p.Line), "“”„‘") {
		p.Hint = "the quotes in this line are typographic: write straight ones, as in \"…\""
	}
	p.Message, p.Hint = secret.MaskAll(p.Message), secret.MaskAll(p.Hint)
	same := p
	same.Path = ""
	if c.seen[same] {
		return
	}
	c.seen[same] = true
	p.Path = secret.Mask(p.Path)
	c.list = append(c.list, found{p, src})
}

// Sorted gives the problems by file, line and column.
func (c *Collector) Sorted() Problems {
	main := secret.Mask(c.main)
	slices.SortStableFunc(c.list, func(a, b found) int {
		if byFile := cmp.Compare(a.File, b.File); byFile != 0 {
			switch main {
			case a.File:
				return -1
			case b.File:
				return 1
			}
			return byFile
		}
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Col, b.Col), cmp.Compare(a.Path, b.Path))
	})
	kept := c.list[:min(len(c.list), maxProblems)]
	problems := make(Problems, 0, len(kept)+1)
	for _, f := range kept {
		f.Source, f.caret = f.src.excerpt(f.Line, f.Col)
		problems = append(problems, f.Problem)
	}
	if rest := c.list[len(kept):]; len(rest) > 0 {
		failed := c.moreErrors || slices.ContainsFunc(rest, func(f found) bool { return !f.Warning })
		last := problems[len(problems)-1]
		problems = append(problems, Problem{File: last.File, Line: last.Line, Col: last.Col, Warning: !failed,
			Message: said.Count(len(rest)+c.more, "more problem") + " behind this one"})
	}
	return problems
}
