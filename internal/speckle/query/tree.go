package query

import "github.com/vektah/gqlparser/v2/ast"

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

// limitOf finds a field's limit, also inside an input object.
func limitOf(f *ast.Field) *ast.Value {
	for _, argument := range f.Arguments {
		if argument.Name == "limit" {
			return argument.Value
		}
		for _, inner := range argument.Value.Children {
			if argument.Value.Kind == ast.ObjectValue && inner.Name == "limit" {
				return inner.Value
			}
		}
	}
	return nil
}

func orElse(condition, parent string) string {
	if condition != "" {
		return condition
	}
	return parent
}
