package graph

import (
	"speckle-runner/internal/elements"
)

// builder makes elements of objects, one after the other in the same memory.
type builder struct {
	graph  *Graph
	wanted []bool // by the path's number; nil: all
	made   elements.Element
	path   []byte
	depth  int
	kind   []byte // the buffer of the type that an object refers to
}

// add makes a property of a plain value at the builder's path. Null is none.
func (b *builder) add(value, unit []byte, scope elements.Scope, fallback bool) {
	var v elements.Value
	switch c := kindOf(value); {
	case c == '"':
		v = elements.Value{Kind: elements.Text, Text: textOf(value)}
	case c == 't' || c == 'f':
		v = elements.Value{Kind: elements.Boolean, Boolean: c == 't'}
	case number(c):
		v, _ = elements.Numeric(string(value))
	default:
		return
	}
	path, at, taken := b.graph.paths.take(b.path, fallback)
	if taken || b.wanted != nil && !b.wanted[at] {
		return
	}
	b.made.Properties = append(b.made.Properties, elements.Property{Path: path, Value: v, Unit: textOf(unit), Scope: scope})
}

func number(c byte) bool { return c == '-' || c >= '0' && c <= '9' }
