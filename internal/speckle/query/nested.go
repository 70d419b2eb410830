package query

import (
	"slices"

	"github.com/go-json-experiment/json/jsontext"
)

// collections finds every collection but the paged one that selects both a
// totalCount and records, or how many are hidden; and those whose records may
// be the first ones only, which the records themselves tell.
func (q *Query) collections() []*Collection {
	var found []*Collection
	var paged *Node
	if q.Paging != nil {
		paged = q.root.at(q.Paging.Path...)
	}
	var visit func(n *Node, path []string, inRecord bool)
	visit = func(n *Node, path []string, inRecord bool) {
		total, records := n.Named("totalCount"), n.records()
		one := &Collection{node: n, Path: path, limit: n.limit, InRecord: inRecord, paged: n.Named("cursor") != nil}
		if total != nil && records != nil && len(records.Children) > 0 {
			one.Total, one.Records = total.Key, records.Key
		}
		if hidden := n.Named(hiddenField); hidden != nil {
			one.Hidden = hidden.Key
		}
		if cursor := n.Named("cursor"); cursor != nil {
			one.Cursor = cursor.Key
		}
		one.facts = paging()[n.parent+"."+n.Name]
		cut := records != nil && len(records.Children) > 0 && (one.limit != nil || one.paged || one.facts.Cursor != "")
		if cut {
			one.Records = records.Key
		}
		if n != paged && (one.Total != "" || one.Hidden != "" || cut) {
			found = append(found, one)
		}
		for _, c := range n.Children {
			visit(c, append(slices.Clip(path), c.Key), inRecord || n == paged && c.Key == q.Paging.Items)
		}
	}
	visit(q.root, nil, false)
	return found
}

// Wanted gives how many records a collection's limit asks for, -1 when it
// asks for all: no limit is given, or the limit is the size of a page.
func (q *Query) Wanted(c *Collection, variables map[string]jsontext.Value) int64 {
	if c.paged {
		return -1
	}
	return q.asked(c, variables)
}
