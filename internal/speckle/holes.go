package speckle

import (
	"fmt"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"speckle-runner/internal/said"
)

// hole is a place of an answer without errors in which what the server always
// gives is missing.
type hole struct {
	path  []string // response keys from data
	what  string   // "is null"
	nulls int      // in the place of a list's elements: so many
	of    int      // of so many; 0: it isn't about elements
	empty bool     // nothing came at all
}

// judge looks at what a branch's value is.
func (c *check) judge(b *branch, kind jsontext.Kind) {
	switch {
	case kind == 'n' && b.never:
		c.lacks(&hole{path: b.path, what: isNull})
	case kind == 'n' && b.names:
		c.gone = append(c.gone, strings.Join(b.path, "."))
	case kind == 'n':
	case b.list && kind != '[' || b.object && kind != '{':
		c.lacks(&hole{path: b.path, what: isOther})
	}
}

// absent looks for what an object has to have; met are the bits of what it has,
// which is so many members.
func (c *check) absent(b *branch, met uint64, members int) {
	for _, owed := range b.owes {
		if met&owed.bit == 0 {
			c.lacks(&hole{path: owed.path, what: isAbsent})
			return
		}
	}
	if b.some && members == 0 {
		c.lacks(&hole{empty: true})
	}
}

// explained drops what was found in the page under way: errors beside it say why.
func (c *check) explained() { c.hole, c.gone = nil, c.gone[:c.stands] }

func (c *check) lacks(h *hole) {
	if c.hole == nil {
		c.hole = h
	}
}

// What can be wrong with a place.
const (
	isNull   = "is null"
	isAbsent = "is absent"
	isOther  = "isn't what the query asks for"
)

// without begins the message of a place in which something is missing.
func (rd *reading) without(path []string, what string) string {
	return fmt.Sprintf("%s %s, without an error beside it: ", rd.Query.Told(path), what)
}

// doomed reports whether the page under way won't stand, whatever errors follow:
// select isn't run on it, which would say less of why.
func (rd *reading) doomed() bool { return !rd.KeepPartial && (rd.root != nil || rd.check.hole != nil) }

const existsHint = "does it exist, and may the token see it?"

// holed gives the error of a hole, nil where there is none.
func (rd *reading) holed() error {
	h := rd.check.hole
	switch {
	case h == nil:
		return nil
	case h.of > 0:
		return rd.lost(h.path, h.nulls, h.of)
	case h.empty:
		return &Error{Kind: BadAnswer, Status: 200, Path: "data", Message: "data holds nothing of what the query asks for"}
	}
	return &Error{
		Kind: BadAnswer, Status: 200, Path: strings.Join(h.path, "."),
		Message: rd.without(h.path, h.what) + "Speckle's schema says that it is always there", Hint: existsHint,
	}
}

// lost says that records came as null, and nothing why.
func (rd *reading) lost(path []string, nulls, of int) error {
	are := "are null, without an error beside them"
	if nulls == 1 {
		are = "is null, without an error beside it"
	}
	return &Error{
		Kind: BadAnswer, Status: 200, Path: strings.Join(path, "."),
		Message: fmt.Sprintf("%s: %d of %s %s", rd.Query.Told(path), nulls, said.Count(of, "record"), are),
		Hint:    "the server lost them, or the token may not see them and the server doesn't say so",
	}
}
