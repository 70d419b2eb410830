package query

import (
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// FullSize is how many records of a collection that isn't paged may be all
// that was asked for, and not all there are. Where it has no totalCount, that
// many is the only sign of more.
type FullSize struct {
	N    int64  // 0: it can't be known
	Says string // what bounds it
	More string // what to do
}

// Full finds it. One record is what is wanted where one is asked for, and no
// cursor.
func (q *Query) Full(c *Collection, variables map[string]jsontext.Value) FullSize {
	size := FullSize{N: q.asked(c, variables), Says: "its limit asks for"}
	most := int64(c.facts.Max)
	switch {
	case c.Records == "":
		return FullSize{}
	case size.N < 0:
		size.N, size.Says = int64(c.facts.Default), "the server gives without a limit"
	case most > 0 && size.N >= most && !c.facts.refused():
		size.N, size.Says = most, "the server gives at most"
	}
	if size.N <= 0 || size.N == 1 && !c.paged {
		return FullSize{}
	}
	size.More = q.moreOf(c)
	return size
}

// moreOf says how all of a collection are read, by what it takes.
func (q *Query) moreOf(c *Collection) string {
	name := c.node.Name
	pages := c.facts.Cursor != "" || c.paged
	total := ""
	if c.Total == "" && hasField(c.node.typ, "totalCount") {
		total = "select totalCount beside " + c.Records + ", so that a run can tell; "
	}
	switch {
	case pages && (c.InRecord || q.Paging != nil):
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
