package document

import "speckle-runner/internal/said"

// Kind is what a value is, in the words of YAML's core schema.
type Kind int

// The kinds.
const (
	KindNull Kind = iota
	KindBoolean
	KindNumber
	KindText
	KindUnclear // a plain value that YAML 1.1 and 1.2 read differently
	KindList
	KindMapping
)

// String names the kind for messages.
func (k Kind) String() string {
	return [...]string{"no value", "true or false", "a number", "text", "an unclear value", "a list", "a mapping"}[k]
}

// Style is how a scalar is written.
type Style int

// The styles.
const (
	StylePlain Style = iota
	StyleQuoted
	StyleLiteral
	StyleFolded
)

// Node is one value of the file with its place. Aliases are resolved: an
// anchor's node is shared by all who use it. Merges are done.
type Node struct {
	Kind      Kind
	Text      string // of a scalar; of a number, as JSON writes it
	Why       string // KindUnclear: what the two readings are
	Style     Style
	Line, Col int
	Items     []*Node // of a list
	Entries   []Entry // of a mapping, in order
}

// Entry is a key of a mapping with its value.
type Entry struct{ Key, Value *Node }

// Get gives the value of a key, nil when there is none.
func (n *Node) Get(key string) *Node {
	for _, e := range n.Entries {
		if e.Key.Text == key {
			return e.Value
		}
	}
	return nil
}

// Has reports whether there is a value for a key.
func (n *Node) Has(key string) bool { return n.Get(key) != nil }

// Got says what a value is, for messages.
func (n *Node) Got() string {
	switch n.Kind {
	case KindText:
		return said.Quoted(n.Text)
	case KindBoolean, KindNumber, KindUnclear:
		return n.Text
	default:
		return n.Kind.String()
	}
}
