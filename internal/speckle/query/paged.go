package query

import (
	"fmt"
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
)

// paging finds the one collection that a cursor variable pages. A variable
// that pages nothing is a problem: read as an unpaged query, it would export
// the first page and look whole.
func (w *walk) paging() (*Paging, []Problem) {
	if stray := w.strayCursors(); len(w.uses) == 0 || len(stray) > 0 {
		return nil, stray
	}
	if len(w.uses) > 1 {
		second := w.uses[1]
		return nil, []Problem{*problemAt(second.position, fmt.Sprintf("$%s pages a second field, %s", second.cursor, second.field.Alias),
			"a job pages one collection: make two jobs of it")}
	}
	u := w.uses[0]
	p := &Paging{
		Path:      append(slices.Clone(u.at.path), u.field.Alias),
		CursorVar: u.cursor, LimitVar: u.limit,
		line: u.field.Position.Line, col: u.field.Position.Column, fields: u.fields,
	}
	if u.at.parent != "" && w.known(u) {
		p.Field = u.at.parent + "." + u.field.Name
	}
	p.MaxLimit = u.page()
	for _, other := range w.limits { // one variable, several limits: the least of them
		if u.limit != "" && other.limit == u.limit {
			p.MaxLimit = min(p.MaxLimit, other.page())
		}
	}
	if d := w.query.operation.VariableDefinitions.ForName(u.limit); d != nil {
		p.LimitHasDefault = d.DefaultValue != nil
	}
	p.Narrows = w.narrows(u.fields)
	keys := w.keys(u.field.SelectionSet)
	p.CursorKey, p.TotalKey, p.HiddenKey = keys["cursor"].alias, keys["totalCount"].alias, keys[hiddenField].alias
	items, found := keys["items"]
	if !found {
		items = keys["objects"]
	}
	ofRecord := w.keys(items.set)
	p.Items, p.IDKey = items.alias, ofRecord["id"].alias
	p.order(u.field, ofRecord)
	return p, w.unfit(u, p)
}

// narrows gives the variables that have no use but in the arguments of a
// field, which may be selected in parts.
func (w *walk) narrows(parts []*ast.Field) []string {
	inside := map[string]map[*ast.Position]bool{}
	var look func(v *ast.Value)
	look = func(v *ast.Value) {
		if v.Kind == ast.Variable {
			if inside[v.Raw] == nil {
				inside[v.Raw] = map[*ast.Position]bool{}
			}
			inside[v.Raw][v.Position] = true
		}
		for _, child := range v.Children {
			look(child.Value)
		}
	}
	for _, f := range parts {
		for _, argument := range f.Arguments {
			look(argument.Value)
		}
	}
	var names []string
	for name, places := range inside {
		if len(places) == len(w.used[name]) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func (w *walk) known(u use) bool {
	_, ok := typeFacts(u.at.parent)[u.field.Name]
	return ok
}

// unfit says why a field that takes a cursor variable can't be paged.
func (w *walk) unfit(u use, p *Paging) []Problem {
	switch {
	case w.query.Kind == OperationMutation:
		return []Problem{*problemAt(u.position, "a mutation can't be paged", "page with a query")}
	case u.at.list:
		return []Problem{*problemAt(u.position, fmt.Sprintf("$%s pages %s, which lies below a list: every record would need a cursor of its own",
			u.cursor, u.field.Alias),
			"page it in a job of its own, with for_each over the records")}
	case p.CursorKey == "":
		return []Problem{*problemAt(u.field.Position, fmt.Sprintf("%s takes $%s but doesn't select cursor", u.field.Alias, u.cursor),
			"select cursor beside items")}
	case p.Items == "":
		return []Problem{*problemAt(u.field.Position, fmt.Sprintf("%s takes $%s but selects neither items nor objects", u.field.Alias, u.cursor),
			"select items { id … }")}
	}
	if limit := w.limit(u.field); limit != nil && limit.Kind == ast.IntValue && (limit.Raw == "0" || limit.Raw[0] == '-') {
		return []Problem{*problemAt(limit.Position, fmt.Sprintf("pages of %s records would never end", limit.Raw),
			"make it a variable without a value: then the largest page that the server takes is asked for")}
	}
	return nil
}

// limit is a field's limit, or what the operation gives its variable.
func (w *walk) limit(f *ast.Field) *ast.Value {
	limit := limitOf(f)
	if limit == nil || limit.Kind != ast.Variable {
		return limit
	}
	if d := w.query.operation.VariableDefinitions.ForName(limit.Raw); d != nil {
		return d.DefaultValue
	}
	return nil
}

// strayCursors finds cursors that page nothing: a variable that is called
// cursor, and a paging one that goes elsewhere too.
func (w *walk) strayCursors() []Problem {
	var problems []Problem
	paging := map[string][]*ast.Position{}
	for _, u := range w.uses {
		paging[u.cursor] = append(paging[u.cursor], u.positions...)
	}
	for _, d := range w.query.operation.VariableDefinitions {
		at, pages := paging[d.Variable]
		switch {
		case !pages && d.Variable == "cursor":
			problems = append(problems,
				*problemAt(d.Position, "$cursor isn't passed to a field's cursor argument, so only the first page would be read",
					"pass it on, as in: models(limit: $limit, cursor: $cursor)"))
		case pages && d.Type.NonNull:
			problems = append(problems, *problemAt(d.Position, fmt.Sprintf("$%s can't be %s: the first page has no cursor", d.Variable,
				d.Type.String()),
				"declare it without the !"))
		case pages && d.DefaultValue != nil && d.DefaultValue.Kind != ast.NullValue:
			problems = append(problems, *problemAt(d.Position, fmt.Sprintf("$%s is the runner's: with a first value, "+
				"the pages before it would be left out", d.Variable),
				"declare it without a default"))
		default:
			for p := range w.used[d.Variable] {
				if pages && !slices.Contains(at, p) {
					problems = append(problems, *problemAt(p, fmt.Sprintf("$%s is a cursor, and this is no cursor argument", d.Variable),
						"a cursor pages one field and has no other use"))
				}
			}
		}
	}
	return problems
}
