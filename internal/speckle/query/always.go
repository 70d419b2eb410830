package query

import "strings"

// What the schema of Speckle's open source server says of a selected field. A
// field that it doesn't know may be anything.

// Never reports whether the field is never null.
func (n *Node) Never() bool { return strings.HasSuffix(n.written, "!") }

// NoneNull reports whether the field is a list in which nothing is null.
func (n *Node) NoneNull() bool {
	return strings.HasSuffix(strings.TrimSuffix(n.written, "!"), "!]") && strings.Count(n.written, "[") == 1
}

// Always reports whether the field is in every answer that has what it stands
// in, and never null there.
func (n *Node) Always() bool { return n.sure && n.Never() }

// Sure reports whether no directive, and no fragment for another type, may leave
// the field out.
func (n *Node) Sure() bool { return n.sure }

// FieldAt gives the type and the field that a path of response keys leads to, both
// "" where they aren't known.
func (q *Query) FieldAt(path []string) (parent, field string) {
	n := q.Root().at(path...)
	if n == nil || n.written == "" {
		return "", ""
	}
	return n.parent, n.Name
}

// List reports whether the field is known to be a list, and Object whether it is
// known to be an object.
func (n *Node) List() bool { return n.list }

// Object is told for fields that select something.
func (n *Node) Object() bool { return n.written != "" && !n.list && len(n.Children) > 0 }

// Names reports whether the field is one thing that may not be there: it is null
// then, and no error says so. Of a mutation that isn't known.
func (q *Query) Names(n *Node) bool {
	return q.Kind == OperationQuery && n.Object() && !n.Never() && (n.one || n.parent == rootTypes[OperationQuery])
}
