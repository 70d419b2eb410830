package speckle

import "slices"

// Column is one leaf of a record's selection.
type Column struct {
	Path []string // response keys from the record
	List bool     // at or below a list: the cell is JSON text, from the list on
	Free bool     // free JSON: its own paths are found from the data
	Type string   // scalar of the schema, "" when it isn't known
}

// Columns gives the leaves of one record in the order of the text. The record
// is an item of the paged collection, else the whole data.
func (q *Query) Columns() []Column {
	record := q.root
	if q.Paging != nil {
		record = q.root.at(q.Paging.Path...).child(q.Paging.Items)
	}
	return leaves(nil, record, nil)
}

func leaves(columns []Column, n *node, path []string) []Column {
	for _, c := range n.children {
		at := append(slices.Clip(path), c.key)
		switch {
		case c.list:
			columns = append(columns, Column{Path: at, List: true, Type: scalarOf(c.typ)})
		case len(c.children) > 0:
			columns = leaves(columns, c, at)
		default:
			columns = append(columns, Column{Path: at, Free: c.typ == freeJSON, Type: scalarOf(c.typ)})
		}
	}
	return columns
}
