package query

import (
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
)

// tree merges the operation's selection. Only for a query that the walk has
// passed: fragments exist and don't spread themselves.
func (q *Query) tree() *Node {
	root := &Node{typ: rootTypes[q.Kind]}
	q.merge(root, q.operation.SelectionSet, root.typ, true)
	return root
}

// merge adds a selection. sure tells whether nothing may keep it out.
func (q *Query) merge(into *Node, set ast.SelectionSet, parent string, sure bool) {
	for _, selection := range set {
		switch s := selection.(type) {
		case *ast.Field:
			child := into.Child(s.Alias)
			if child == nil {
				child = &Node{Key: s.Alias, Name: s.Name, parent: parent, limit: limitOf(s), place: s.Position}
				child.typ, child.list = fieldType(parent, s.Name)
				child.written = typeFacts(parent)[s.Name].Type
				child.one = slices.ContainsFunc(s.Arguments, func(a *ast.Argument) bool { return idArgument(a.Name) })
				into.add(child)
			}
			sure := sure && doubted(s.Directives, nil) == nil
			child.sure = child.sure || sure
			q.merge(child, s.SelectionSet, child.typ, sure)
		case *ast.InlineFragment:
			sure := sure && applies(s.TypeCondition, parent) && doubted(s.Directives, nil) == nil
			q.merge(into, s.SelectionSet, orElse(s.TypeCondition, parent), sure)
		case *ast.FragmentSpread:
			f := q.fragments[s.Name]
			sure := sure && applies(f.TypeCondition, parent) && doubted(s.Directives, doubted(f.Directives, nil)) == nil
			q.merge(into, f.SelectionSet, orElse(f.TypeCondition, parent), sure)
		}
	}
}

// applies reports whether a fragment is for the very type that it stands in.
func applies(condition, parent string) bool { return condition == "" || condition == parent }

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
