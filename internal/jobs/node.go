package jobs

import "speckle-runner/internal/said"

// kind is what a value is, in the words of YAML's core schema.
type kind int

const (
	kindNull kind = iota
	kindBoolean
	kindNumber
	kindText
	kindUnclear // a plain value that YAML 1.1 and 1.2 read differently
	kindList
	kindMapping
)

// String names the kind for messages.
func (k kind) String() string {
	return [...]string{"no value", "true or false", "a number", "text", "an unclear value", "a list", "a mapping"}[k]
}

// style is how a scalar is written.
type style int

const (
	stylePlain style = iota
	styleQuoted
	styleLiteral
	styleFolded
)

// node is one value of the file with its place. Aliases are resolved: an
// anchor's node is shared by all who use it. Merges are done.
type node struct {
	kind      kind
	text      string // of a scalar; of a number, as JSON writes it
	why       string // kindUnclear: what the two readings are
	style     style
	line, col int
	items     []*node // of a list
	entries   []entry // of a mapping, in order
}

type entry struct{ key, value *node }

// get gives the value of a key, nil when there is none.
func (n *node) get(key string) *node {
	for _, e := range n.entries {
		if e.key.text == key {
			return e.value
		}
	}
	return nil
}

func (n *node) has(key string) bool { return n.get(key) != nil }

// got says what a value is, for messages.
func (n *node) got() string {
	switch n.kind {
	case kindText:
		return said.Quoted(n.text)
	case kindBoolean, kindNumber, kindUnclear:
		return n.text
	default:
		return n.kind.String()
	}
}
