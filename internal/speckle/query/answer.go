package query

import "github.com/vektah/gqlparser/v2/ast"

// Node is one response key of a query with everything that is selected below
// it, fragments merged in: what an answer will look like.
type Node struct {
	Key      string // response key
	Name     string // field
	parent   string // type that the field is of, "" unknown
	typ      string // named type, "" unknown
	written  string // type as the schema has it, "[Model!]!", "" unknown
	list     bool
	sure     bool       // no condition keeps it out of an answer that has what it stands in
	one      bool       // an argument names one thing by its id
	limit    *ast.Value // of the field's limit argument
	place    *ast.Position
	Children []*Node // in the order of the text
	byKey    map[string]*Node
}

// Child gives the node below a response key, nil when there is none.
func (n *Node) Child(key string) *Node {
	if n == nil {
		return nil
	}
	return n.byKey[key]
}

func (n *Node) add(child *Node) {
	if n.byKey == nil {
		n.byKey = map[string]*Node{}
	}
	n.byKey[child.Key] = child
	n.Children = append(n.Children, child)
}

// Named gives the first child that selects a field, whatever its key.
func (n *Node) Named(field string) *Node {
	for _, c := range n.Children {
		if c.Name == field {
			return c
		}
	}
	return nil
}

// at follows response keys downwards.
func (n *Node) at(path ...string) *Node {
	for _, key := range path {
		n = n.Child(key)
	}
	return n
}

// records gives the child that holds a collection's records: items, or
// objects for Object.children.
func (n *Node) records() *Node {
	if items := n.Named("items"); items != nil {
		return items
	}
	return n.Named("objects")
}

// Collection is one that an answer holds whole, beside its own totalCount:
// inside a record, or in an unpaged answer.
type Collection struct {
	node     *Node
	Path     []string   // response keys from data, lists left out
	Total    string     // key of totalCount, "" when it or its records aren't selected
	Records  string     // key of items or objects
	Hidden   string     // key of numberOfHidden, "" when not selected
	limit    *ast.Value // nil: the server's own
	InRecord bool       // inside the records of the paged collection
	paged    bool       // selects cursor: its limit is no wish for so many only
	Cursor   string     // key of cursor, "" when not selected
	facts    pageFacts
}
