package speckle

import (
	"slices"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/vektah/gqlparser/v2/ast"
)

// collection is one that an answer holds whole, beside its own totalCount:
// inside a record, or in an unpaged answer.
type collection struct {
	node     *node
	path     []string   // response keys from data, lists left out
	total    string     // key of totalCount, "" when it or its records aren't selected
	records  string     // key of items or objects
	hidden   string     // key of numberOfHidden, "" when not selected
	limit    *ast.Value // nil: the server's own
	inRecord bool       // inside the records of the paged collection
	paged    bool       // selects cursor: its limit is no wish for so many only
	cursor   string     // key of cursor, "" when not selected
	facts    pageFacts
}

// collections finds every collection but the paged one that selects both a
// totalCount and records, or how many are hidden; and those whose records may
// be the first ones only, which the records themselves tell.
func (q *Query) collections() []*collection {
	var found []*collection
	var paged *node
	if q.Paging != nil {
		paged = q.root.at(q.Paging.Path...)
	}
	var visit func(n *node, path []string, inRecord bool)
	visit = func(n *node, path []string, inRecord bool) {
		total, records := n.named("totalCount"), n.records()
		one := &collection{node: n, path: path, limit: n.limit, inRecord: inRecord, paged: n.named("cursor") != nil}
		if total != nil && records != nil && len(records.children) > 0 {
			one.total, one.records = total.key, records.key
		}
		if hidden := n.named(hiddenField); hidden != nil {
			one.hidden = hidden.key
		}
		if cursor := n.named("cursor"); cursor != nil {
			one.cursor = cursor.key
		}
		one.facts = paging()[n.parent+"."+n.name]
		cut := records != nil && len(records.children) > 0 && (one.limit != nil || one.paged || one.facts.Cursor != "")
		if cut {
			one.records = records.key
		}
		if n != paged && (one.total != "" || one.hidden != "" || cut) {
			found = append(found, one)
		}
		for _, c := range n.children {
			visit(c, append(slices.Clip(path), c.key), inRecord || n == paged && c.key == q.Paging.Items)
		}
	}
	visit(q.root, nil, false)
	return found
}

// wanted gives how many records a collection's limit asks for, -1 when it
// asks for all: no limit is given, or the limit is the size of a page.
func (q *Query) wanted(c *collection, variables map[string]jsontext.Value) int64 {
	if c.paged {
		return -1
	}
	return q.asked(c, variables)
}
