package speckle

import (
	"slices"
	"strings"

	"speckle-runner/internal/speckle/query"
)

// expect adds what must be there by the schema. Above lists that is everything that is never
// null; in their elements, only objects and lists, since scalars would cost a look into each
// record. In the records of pages it is only what lies on the way to collections that are
// counted: those are walked through anyway.
func (c *check) expect(q *query.Query) {
	e := expectation{query: q, silent: map[string]bool{}}
	for _, f := range q.Quiet() {
		e.silent[strings.Join(f.Path, ".")] = true
	}
	if q.Paging == nil {
		if c.inside = e.grow(c.inside, q.Root(), nil, false); c.inside == nil {
			c.inside = &branch{below: map[string]*branch{}}
		}
		c.inside.some = slices.ContainsFunc(q.Root().Children, (*query.Node).Sure)
		return
	}
	e.paged = q.Paging.Path
	c.beside = e.grow(c.beside, q.Root(), nil, false)
	records := append(slices.Clone(q.Paging.Path), q.Paging.Items)
	n := q.Root()
	for _, key := range records {
		n = n.Child(key)
	}
	e.dress(c.inside, n, records)
}

// maxOwed is how many fields of one object are looked for: the bits of always.bit.
const maxOwed = 64

type expectation struct {
	query  *query.Query
	paged  []string        // path of the paged collection, which is judged by what is read of it
	silent map[string]bool // paths of fields whose nulls are counted already
}

// grow adds branches for all that an answer has to have below a node; nil where
// that is nothing.
func (e *expectation) grow(b *branch, n *query.Node, path []string, inList bool) *branch {
	if e.paged != nil && slices.Equal(path, e.paged) {
		return b
	}
	inList = inList || n.List()
	for _, child := range n.Children {
		at := append(slices.Clip(path), child.Key)
		var below *branch
		if b != nil {
			below = b.below[child.Key]
		}
		below = e.grow(below, child, at, inList)
		if below == nil && expected(child, inList) {
			below = &branch{}
		}
		if below == nil {
			continue
		}
		if b == nil {
			b = &branch{}
		}
		if b.below == nil {
			b.below = map[string]*branch{}
		}
		b.below[child.Key] = below
		e.set(b, below, child, at, inList)
	}
	return b
}

// expected reports whether a field is looked at. A totalCount isn't: it is compared with its
// list.
func expected(n *query.Node, inList bool) bool {
	switch {
	case n.List() || n.Object():
		return !inList || n.Never()
	case n.Name == "totalCount":
		return false
	}
	return n.Never() && !inList
}

// dress adds it to the branches that are there already, and to the records that they count.
func (e *expectation) dress(b *branch, n *query.Node, path []string) {
	if b == nil {
		return
	}
	for _, child := range n.Children {
		below := b.below[child.Key]
		if below == nil && b.found != nil && child.Key == b.record {
			below = &branch{}
			b.below[child.Key] = below
		}
		if below != nil {
			at := append(slices.Clip(path), child.Key)
			e.set(b, below, child, at, true)
			e.dress(below, child, at)
		}
	}
}

func (e *expectation) set(b, below *branch, n *query.Node, path []string, inList bool) {
	below.path, below.never, below.noneNull, below.list, below.object = path, n.Never(), n.NoneNull(), n.List(), n.Object()
	below.names = !inList && e.query.Names(n) && !e.silent[strings.Join(path, ".")]
	if n.Always() && len(b.owes) < maxOwed {
		below.bit = 1 << len(b.owes)
		b.owes = append(b.owes, below)
	}
}
