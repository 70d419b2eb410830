package query

import "slices"

// Column is one leaf of a record's selection.
type Column struct {
	Path []string // response keys from the record
	List bool     // at or below a list: the cell is JSON text, from the list on
	Free bool     // free JSON: its own paths are found from the data
	Type string   // scalar of the schema, "" when it isn't known

	// Doubts are how much of the path leads to fields of which the schema doesn't
	// say whether they are objects or lists, from the record on.
	Doubts []int
}

// Columns gives the leaves of one record in the order of the text. The record
// is an item of the paged collection, else the whole data.
func (q *Query) Columns() []Column {
	return leaves(nil, q.record(), nil, nil)
}

func (q *Query) record() *Node {
	if q.Paging == nil {
		return q.root
	}
	return q.root.at(q.Paging.Path...).Child(q.Paging.Items)
}

// Element in a path of ColumnsAt steps from a list to its elements.
const Element = "[]"

// ColumnsAt gives the leaves of what a record has at a path of response keys, as
// paths from there on: of a scalar that is one without a path. It gives none
// where nothing is known of that.
func (q *Query) ColumnsAt(path []string) []Column {
	at, list := q.record(), false
	for _, step := range path {
		switch {
		case at == nil || list != (step == Element):
			return nil
		case step == Element:
			list = false
		default:
			at = at.Child(step)
			list = at != nil && at.list
		}
	}
	switch {
	case at == nil:
		return nil
	case list:
		return []Column{{List: true, Type: scalarOf(at.typ)}}
	case len(at.Children) > 0:
		var doubts []int
		if len(path) > 0 && path[len(path)-1] != Element {
			doubts = at.doubted(nil, 0)
		}
		return leaves(nil, at, nil, doubts)
	default:
		return []Column{{Free: at.typ == freeJSON, Type: scalarOf(at.typ)}}
	}
}

// doubted adds a field to doubts where it may be a list for all that is known.
func (n *Node) doubted(doubts []int, at int) []int {
	if n.written != "" {
		return doubts
	}
	return append(slices.Clip(doubts), at)
}

func leaves(columns []Column, n *Node, path []string, doubts []int) []Column {
	for _, c := range n.Children {
		at := append(slices.Clip(path), c.Key)
		switch {
		case c.list:
			columns = append(columns, Column{Path: at, List: true, Type: scalarOf(c.typ), Doubts: doubts})
		case len(c.Children) > 0:
			columns = leaves(columns, c, at, c.doubted(doubts, len(at)))
		default:
			columns = append(columns, Column{Path: at, Free: c.typ == freeJSON, Type: scalarOf(c.typ), Doubts: doubts})
		}
	}
	return columns
}
