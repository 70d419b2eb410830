package graph

import (
	"bytes"
	"strconv"

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
		n, err := strconv.ParseFloat(string(value), 64)
		if err != nil || !keeps(n, value) { // a double can't hold it: as the producer wrote it
			v = elements.Value{Kind: elements.Text, Text: string(value)}
			break
		}
		v = elements.Value{Kind: elements.Number, Number: n}
	default:
		return
	}
	path, at, taken := b.graph.paths.take(b.path, fallback)
	if taken || b.wanted != nil && !b.wanted[at] {
		return
	}
	b.made.Properties = append(b.made.Properties, elements.Property{Path: path, Value: v, Unit: textOf(unit), Scope: scope})
}

// keeps reports whether a double has all digits of a whole number: an id or a stamp with
// others is another one.
func keeps(n float64, text []byte) bool {
	const safe = 15 // digits that it always has
	return len(text) <= safe || bytes.ContainsAny(text, ".eE") || strconv.FormatFloat(n, 'f', -1, 64) == string(text)
}

func number(c byte) bool { return c == '-' || c >= '0' && c <= '9' }
