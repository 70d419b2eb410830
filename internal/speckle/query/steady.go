package query

import (
	"fmt"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// What an answer is checked by has to be in every answer. A directive, and a
// fragment for another type, may leave it out, and the check would pass for
// want of anything to look at.

// doubt is what may keep a selection out of an answer.
type doubt struct {
	place *ast.Position
	what  string // "@include", "… on Model"
}

// doubted looks for what puts a selection in doubt itself; without such a
// thing it is as sure as what it stands in.
func doubted(list ast.DirectiveList, inside *doubt) *doubt {
	for _, one := range list {
		if !always(one) {
			return &doubt{one.Position, "@" + one.Name}
		}
	}
	return inside
}

// always reports whether a directive changes nothing, as written: it is
// @include(if: true) or @skip(if: false).
func always(d *ast.Directive) bool {
	condition := d.Arguments.ForName("if")
	if condition == nil || condition.Value.Kind != ast.BooleanValue {
		return false
	}
	return d.Name == "include" && condition.Value.Raw == "true" || d.Name == "skip" && condition.Value.Raw == "false"
}

// narrowing is doubted for a fragment's type: one that isn't the type it
// stands in may not apply. Of a type that isn't known nothing can be said.
func narrowing(condition, parent string, place *ast.Position, inside *doubt) *doubt {
	if condition == "" || parent == "" || condition == parent {
		return inside
	}
	return &doubt{place, "a fragment on " + condition}
}

// doubts gives, for every response key, what it hangs on: nil for one that is
// selected without any condition, be it in one of several places.
type doubts map[*Node]*doubt

func (q *Query) doubts() doubts {
	d := doubts{}
	d.visit(q, q.root, q.operation.SelectionSet, q.root.typ, nil)
	return d
}

func (d doubts) visit(q *Query, into *Node, set ast.SelectionSet, parent string, inside *doubt) {
	for _, selection := range set {
		switch s := selection.(type) {
		case *ast.Field:
			n, own := into.Child(s.Alias), doubted(s.Directives, inside)
			if before, met := d[n]; !met || before != nil {
				d[n] = own
			}
			d.visit(q, n, s.SelectionSet, n.typ, own)
		case *ast.InlineFragment:
			own := doubted(s.Directives, narrowing(s.TypeCondition, parent, s.Position, inside))
			d.visit(q, into, s.SelectionSet, orElse(s.TypeCondition, parent), own)
		case *ast.FragmentSpread:
			f := q.fragments[s.Name]
			own := doubted(s.Directives, doubted(f.Directives, narrowing(f.TypeCondition, parent, s.Position, inside)))
			d.visit(q, into, f.SelectionSet, orElse(f.TypeCondition, parent), own)
		}
	}
}

// unsteady refuses a query whose answers can't be checked for sure.
func (q *Query) unsteady() []Problem {
	d := q.doubts()
	var problems []Problem
	add := func(b *doubt, what string) {
		p := *problemAt(b.place, fmt.Sprintf("%s may leave out %s", b.what, what),
			"select it without a condition: without it nobody can tell whether the export is whole")
		if !slices.ContainsFunc(problems, func(o Problem) bool { return o.Line == p.Line && o.Col == p.Col }) {
			problems = append(problems, p)
		}
	}
	if q.Paging != nil {
		d.paged(q, add)
	}
	for _, c := range q.nested {
		records := c.node.records()
		if records == nil {
			continue
		}
		for _, n := range c.node.Children {
			counts := n.Name == "totalCount" || n.Name == hiddenField
			if b := d[n]; counts && b != nil && b != d[records] {
				add(b, n.Name+" of "+c.node.Key)
			}
		}
	}
	return problems
}

// paged goes down to the paged collection, and through what it is read by.
func (d doubts) paged(q *Query, add func(*doubt, string)) {
	n := q.root
	for i, key := range q.Paging.Path {
		if n = n.Child(key); d[n] != nil {
			add(d[n], strings.Join(q.Paging.Path[:i+1], ".")+", which holds the records")
			return
		}
	}
	for _, key := range []*string{&q.Paging.CursorKey, &q.Paging.TotalKey, &q.Paging.HiddenKey, &q.Paging.Items} {
		d.steady(n, key, n.Key, add)
	}
	records := n.Child(q.Paging.Items)
	if d[records] != nil {
		return
	}
	for _, key := range []*string{&q.Paging.IDKey, &q.Paging.TimeKey} {
		d.steady(records, key, "the records of "+n.Key, add)
	}
}

// steady sees to it that a field is always there, under another alias where
// it is selected twice.
func (d doubts) steady(n *Node, key *string, of string, add func(*doubt, string)) {
	chosen := n.Child(*key)
	if *key == "" || d[chosen] == nil {
		return
	}
	for _, c := range n.Children {
		if c.Name == chosen.Name && d[c] == nil && len(c.Children) == len(chosen.Children) {
			*key = c.Key
			return
		}
	}
	add(d[chosen], chosen.Name+" of "+of)
}

func orElse(condition, parent string) string {
	if condition != "" {
		return condition
	}
	return parent
}
