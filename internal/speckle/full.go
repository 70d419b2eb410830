package speckle

import (
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// fullSize is how many records of a collection that isn't paged may be all
// that was asked for, and not all there are. Where it has no totalCount, that
// many is the only sign of more.
type fullSize struct {
	n    int64  // 0: it can't be known
	says string // what bounds it
	more string // what to do
}

// full finds it. One record is what is wanted where one is asked for, and no
// cursor.
func (q *Query) full(c *collection, variables map[string]jsontext.Value) fullSize {
	size := fullSize{n: q.asked(c, variables), says: "its limit asks for"}
	most := int64(c.facts.Max)
	switch {
	case c.records == "":
		return fullSize{}
	case size.n < 0:
		size.n, size.says = int64(c.facts.Default), "the server gives without a limit"
	case most > 0 && size.n >= most && !c.facts.refused():
		size.n, size.says = most, "the server gives at most"
	}
	if size.n <= 0 || size.n == 1 && !c.paged {
		return fullSize{}
	}
	size.more = q.moreOf(c)
	return size
}

// moreOf says how all of a collection are read, by what it takes.
func (q *Query) moreOf(c *collection) string {
	name := c.node.name
	pages := c.facts.Cursor != "" || c.paged
	total := ""
	if c.total == "" && hasField(c.node.typ, "totalCount") {
		total = "select totalCount beside " + c.records + ", so that a run can tell; "
	}
	switch {
	case pages && (c.inRecord || q.Paging != nil):
		return total + "to have all, page " + name + " in a job of its own"
	case pages:
		return total + "to have all, page it: " + howToPage(name, c.facts.Cursor)
	}
	return total + "to have more, raise its limit"
}

// howToPage says it for a list by the argument that takes its cursor.
func howToPage(name, argument string) string {
	written := name + "(cursor: $cursor)"
	if _, inside, input := strings.Cut(argument, "."); input {
		written = inside + ": $cursor in the input of " + name
	}
	return "declare $cursor: String, write " + written + ", and select cursor beside items"
}
