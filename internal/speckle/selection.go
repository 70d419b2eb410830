package speckle

import "github.com/vektah/gqlparser/v2/ast"

// node is one response key of a query with everything that is selected below
// it, fragments merged in: what an answer will look like.
type node struct {
	key      string // response key
	name     string // field
	parent   string // type that the field is of, "" unknown
	typ      string // named type, "" unknown
	list     bool
	limit    *ast.Value // of the field's limit argument
	place    *ast.Position
	children []*node // in the order of the text
	byKey    map[string]*node
}

// child gives the node below a response key, nil when there is none.
func (n *node) child(key string) *node {
	if n == nil {
		return nil
	}
	return n.byKey[key]
}

func (n *node) add(child *node) {
	if n.byKey == nil {
		n.byKey = map[string]*node{}
	}
	n.byKey[child.key] = child
	n.children = append(n.children, child)
}

// named gives the first child that selects a field, whatever its key.
func (n *node) named(field string) *node {
	for _, c := range n.children {
		if c.name == field {
			return c
		}
	}
	return nil
}

// at follows response keys downwards.
func (n *node) at(path ...string) *node {
	for _, key := range path {
		n = n.child(key)
	}
	return n
}

// records gives the child that holds a collection's records: items, or
// objects for Object.children.
func (n *node) records() *node {
	if items := n.named("items"); items != nil {
		return items
	}
	return n.named("objects")
}

// tree merges the operation's selection. Only for a query that the walk has
// passed: fragments exist and don't spread themselves.
func (q *Query) tree() *node {
	root := &node{typ: rootTypes[q.Kind]}
	q.merge(root, q.operation.SelectionSet, root.typ)
	return root
}

func (q *Query) merge(into *node, set ast.SelectionSet, parent string) {
	for _, selection := range set {
		switch s := selection.(type) {
		case *ast.Field:
			child := into.child(s.Alias)
			if child == nil {
				child = &node{key: s.Alias, name: s.Name, parent: parent, limit: limitOf(s), place: s.Position}
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
