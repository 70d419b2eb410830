package elements

import (
	"cmp"
	"slices"
)

// nested makes records of the fields and all properties, which lie below
// properties as their paths say.
type nested struct {
	units  bool
	leaves map[string]*leaf
	order  []*leaf
	found  []cell
	record []byte
}

// cell is a property of the record under way and where it goes.
type cell struct {
	at       *leaf
	property *Property
}

func newNested(names []string, units bool) *nested {
	leaves, order := plan(names)
	return &nested{units: units, leaves: leaves, order: order}
}

func (n *nested) want() func(string) bool { return nil }

func (n *nested) write(e *Element, add func([]byte) error) error {
	n.found = n.found[:0]
	sorted := true
	for i := range e.Properties {
		at := n.leaves[e.Properties[i].Path]
		if at == nil {
			continue // a field of the record
		}
		at.see(e.Properties[i])
		sorted = sorted && (len(n.found) == 0 || n.found[len(n.found)-1].at.rank < at.rank)
		n.found = append(n.found, cell{at, &e.Properties[i]})
	}
	if !sorted {
		slices.SortFunc(n.found, func(a, b cell) int { return cmp.Compare(a.at.rank, b.at.rank) })
	}
	n.record = append(appendFields(n.record[:0], e), `,"properties":{`...)
	var in *branch // nil is the root
	for _, c := range n.found {
		n.record = step(n.record, in, c.at.in)
		in = c.at.in
		n.record = n.cell(n.record, c)
	}
	n.record = append(step(n.record, in, nil), '}', '}')
	return add(n.record)
}

func (n *nested) cell(b []byte, c cell) []byte {
	b = append(comma(b), c.at.key...)
	b = appendValue(b, c.property.Value)
	switch {
	case !n.units || c.property.Unit == "":
	case c.at.unitKey == nil:
		c.at.bare++
	default:
		b = append(append(b, ','), c.at.unitKey...)
		b = appendText(b, c.property.Unit)
	}
	return b
}

// comma parts what follows from what is there.
func comma(b []byte) []byte {
	if b[len(b)-1] == '{' {
		return b
	}
	return append(b, ',')
}

// step closes and opens objects on the way from one branch to another.
func step(b []byte, from, to *branch) []byte {
	for from.level() > to.level() {
		b, from = append(b, '}'), from.in
	}
	shared := to
	for shared.level() > from.level() {
		shared = shared.in
	}
	for from != shared {
		b, from, shared = append(b, '}'), from.in, shared.in
	}
	return open(b, shared, to)
}

// open opens the branches behind from, down to to.
func open(b []byte, from, to *branch) []byte {
	if from == to {
		return b
	}
	b = comma(open(b, from, to.in))
	return append(append(b, to.key...), '{')
}

func (n *nested) columns() []*column {
	all := fieldColumns()
	for _, l := range n.order {
		all = append(all, &l.column)
	}
	return all
}
