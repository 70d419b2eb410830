package query

import (
	"strconv"

	"github.com/vektah/gqlparser/v2/ast"
)

// List is one collection of a query, and how much of it comes in one answer.
type List struct {
	Name      string // of the field, "models"
	Below     string // the list whose records hold it, "" none
	Line, Col int    // of the limit, or of the field when there is none

	Limit int    // as written, or as the operation's default for Var; -1: neither
	Var   string // variable that is the limit, "" when it is none

	Known   bool // of the open source schema: what follows is known
	Default int  // records without a limit, 0: all
	Max     int  // most in one page, 0: no limit was found
	Largest int  // the page that the runner asks for where the limit is its own
	Refused bool // more than Max is an error; else fewer come

	Paged  bool // the runner reads all pages of it
	Total  bool // totalCount is selected
	Totals bool // it could be

	Page   string // how to page it, for people
	Cursor bool   // cursor is selected
}

// Lists gives the collections of a query whose records it selects and that the
// server gives in pages, in the order of the text.
func (q *Query) Lists() []List {
	if q.Kind == OperationMutation {
		return nil
	}
	var found []List
	var paged *Node
	if q.Paging != nil {
		paged = q.root.at(q.Paging.Path...)
	}
	var visit func(n *Node, below string)
	visit = func(n *Node, below string) {
		for _, c := range n.Children {
			facts, known := paging()[n.typ+"."+c.Name]
			inside := below
			if records := c.records(); records != nil && len(records.Children) > 0 {
				if cursor := c.Named("cursor") != nil; cursor || facts.Cursor != "" {
					one := List{
						Name: c.Name, Below: below, Known: known, Default: facts.Default, Max: facts.Max, Refused: facts.refused(),
						Largest: largestPage(n.typ + "." + c.Name), Paged: c == paged, Total: c.Named("totalCount") != nil, Cursor: cursor,
						Totals: hasField(c.typ, "totalCount"), Page: howToPage(c.Name, facts.Cursor),
					}
					q.limit(&one, c)
					found = append(found, one)
				}
				inside = c.Name
			} else if c.list && c != n.records() {
				inside = c.Name
			}
			visit(c, inside)
		}
	}
	visit(q.root, "")
	return found
}

// limit fills in what a list's limit says, and where.
func (q *Query) limit(l *List, n *Node) {
	l.Limit, l.Line, l.Col = -1, n.place.Line, n.place.Column
	given := n.limit
	if given != nil && given.Kind == ast.Variable {
		l.Var, l.Line, l.Col = given.Raw, given.Position.Line, given.Position.Column
		given = nil
		if d := q.operation.VariableDefinitions.ForName(l.Var); d != nil {
			given = d.DefaultValue
		}
	}
	if given == nil {
		return
	}
	if limit, err := strconv.Atoi(given.Raw); err == nil && limit >= 0 && given.Kind == ast.IntValue {
		l.Limit, l.Line, l.Col = limit, given.Position.Line, given.Position.Column
	}
}
