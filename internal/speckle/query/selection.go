package query

import "github.com/vektah/gqlparser/v2/ast"

// Node is one response key of a query with everything that is selected below
// it, fragments merged in: what an answer will look like.
type Node struct {
	Key      string // response key
	Name     string // field
	parent   string // type that the field is of, "" unknown
	typ      string // named type, "" unknown
	list     bool
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

// tree merges the operation's selection. Only for a query that the walk has
// passed: fragments exist and don't spread themselves.
func (q *Query) tree() *Node {
	root := &Node{typ: rootTypes[q.Kind]}
	q.merge(root, q.operation.SelectionSet, root.typ)
	return root
}

func (q *Query) merge(into *Node, set ast.SelectionSet, parent string) {
	for _, selection := range set {
		switch s := selection.(type) {
		case *ast.Field:
			child := into.Child(s.Alias)
			if child == nil {
				child = &Node{Key: s.Alias, Name: s.Name, parent: parent, limit: limitOf(s), place: s.Position}
				child.typ, child.list = fieldType(parent, s.Name)
				into.add(child)
			}
			q.merge(child, s.SelectionSet, child.typ)
		case *ast.InlineFragment:
			q.merge(into, s.SelectionSet, orElse(s.TypeCondition, parent))
		case *ast.FragmentSpread:
			definition := q.fragments[s.Name]
			q.merge(into, definition.SelectionSet, orElse(definition.TypeCondition, parent))
		}
	}
}

func orElse(condition, parent string) string {
	if condition != "" {
		return condition
	}
	return parent
}
