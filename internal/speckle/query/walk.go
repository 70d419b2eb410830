package query

import (
	"fmt"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// maxVisits bounds a walk: fragments that spread each other twice double it
// with every level.
const maxVisits = 100_000

// at is where a walk stands.
type at struct {
	parent string   // type of the selection, "" unknown
	path   []string // response keys from data
	list   bool     // below a list
}

// use is one place where a field's cursor argument takes a variable.
type use struct {
	field    *ast.Field
	at       at // of the field
	cursor   string
	limit    string
	position *ast.Position // of the variable

	positions []*ast.Position // all of them, when the field is selected in parts
	fields    []*ast.Field    // likewise
}

// page is the largest one that the used field gives.
func (u *use) page() int { return largestPage(u.at.parent + "." + u.field.Name) }

// walk goes once through everything that the operation selects.
type walk struct {
	query    *Query
	uses     []use
	limits   []use                             // fields whose limit is a variable
	used     map[string]map[*ast.Position]bool // variables, and where
	spread   map[string]bool                   // fragments
	open     []string                          // fragments that the walk is inside of
	visits   int
	problems []Problem
}

func newWalk(q *Query) *walk {
	return &walk{query: q, used: map[string]map[*ast.Position]bool{}, spread: map[string]bool{}}
}

// fragments indexes the definitions by name.
func (w *walk) fragments(list ast.FragmentDefinitionList) {
	for _, f := range list {
		if w.query.fragments[f.Name] != nil {
			w.problem(f.Position, fmt.Sprintf("fragment %s is defined twice", f.Name), "")
		}
		w.query.fragments[f.Name] = f
	}
}

func (w *walk) operation() {
	w.directives(w.query.operation.Directives)
	w.selections(w.query.operation.SelectionSet, at{parent: rootTypes[w.query.Kind]})
}

func (w *walk) selections(set ast.SelectionSet, here at) {
	for _, selection := range set {
		if w.visits++; w.visits > maxVisits {
			return
		}
		switch s := selection.(type) {
		case *ast.Field:
			w.field(s, here)
		case *ast.InlineFragment:
			w.directives(s.Directives)
			w.selections(s.SelectionSet, narrowed(here, s.TypeCondition))
		case *ast.FragmentSpread:
			w.directives(s.Directives)
			w.fragment(s, here)
		}
	}
}

func narrowed(here at, condition string) at {
	if condition != "" {
		here.parent = condition
	}
	return here
}

func (w *walk) fragment(s *ast.FragmentSpread, here at) {
	definition := w.query.fragments[s.Name]
	switch {
	case definition == nil:
		w.problem(s.Position, fmt.Sprintf("fragment %s isn't defined", s.Name), "")
	case slices.Contains(w.open, s.Name):
		w.problem(s.Position, fmt.Sprintf("fragment %s spreads itself", s.Name), "")
	default:
		w.spread[s.Name] = true
		w.open = append(w.open, s.Name)
		w.selections(definition.SelectionSet, narrowed(here, definition.TypeCondition))
		w.open = w.open[:len(w.open)-1]
	}
}

func (w *walk) field(f *ast.Field, here at) {
	w.directives(f.Directives)
	w.arguments(f, here)
	named, list := fieldType(here.parent, f.Name)
	w.selections(f.SelectionSet, at{parent: named, path: append(slices.Clip(here.path), f.Alias), list: here.list || list})
}

// arguments notes every variable, and the field's paging when its cursor is
// one, also inside an input object.
func (w *walk) arguments(f *ast.Field, here at) {
	found := use{field: f, at: here}
	for _, argument := range f.Arguments {
		w.value(argument.Value)
		found.argument(argument.Name, argument.Value)
	}
	if found.limit != "" {
		w.limits = append(w.limits, found)
	}
	if found.cursor == "" {
		return
	}
	if i := slices.IndexFunc(w.uses, found.same); i >= 0 {
		w.uses[i].positions = append(w.uses[i].positions, found.position)
		if !slices.Contains(w.uses[i].fields, f) { // a fragment is walked at every spread
			w.uses[i].fields = append(w.uses[i].fields, f)
		}
		return
	}
	found.positions, found.fields = []*ast.Position{found.position}, []*ast.Field{f}
	w.uses = append(w.uses, found)
}

// same reports whether two uses are one field of the answer, selected in
// parts.
func (u *use) same(other use) bool {
	return u.cursor == other.cursor && u.field.Alias == other.field.Alias && slices.Equal(u.at.path, other.at.path)
}

func (u *use) argument(name string, value *ast.Value) {
	variable := value.Kind == ast.Variable
	switch {
	case name == "cursor" && variable:
		u.cursor, u.position = value.Raw, value.Position
	case name == "limit" && variable:
		u.limit = value.Raw
	}
	for _, child := range value.Children {
		if value.Kind == ast.ObjectValue {
			u.argument(child.Name, child.Value)
		}
	}
}

func (w *walk) directives(list ast.DirectiveList) {
	for _, d := range list {
		for _, argument := range d.Arguments {
			w.value(argument.Value)
		}
	}
}

// value notes variables. A cursor inside a list of inputs would page nothing.
func (w *walk) value(v *ast.Value) {
	if v.Kind == ast.Variable {
		if w.used[v.Raw] == nil {
			w.used[v.Raw] = map[*ast.Position]bool{}
		}
		w.used[v.Raw][v.Position] = true
		if w.query.operation.VariableDefinitions.ForName(v.Raw) == nil {
			w.problem(v.Position, fmt.Sprintf("variable $%s isn't declared", v.Raw), w.meant(v.Raw))
		}
	}
	for _, child := range v.Children {
		w.value(child.Value)
		if v.Kind == ast.ListValue {
			w.listed(child.Value)
		}
	}
}

// meant is the hint for a variable that isn't declared: capitals, and a word
// more or less, are what is mistaken most.
func (w *walk) meant(name string) string {
	folded := func(name string) string { return strings.ToLower(strings.ReplaceAll(name, "_", "")) }
	for _, d := range w.query.operation.VariableDefinitions {
		a, b := folded(name), folded(d.Variable)
		if a == b || strings.HasPrefix(a, b) || strings.HasPrefix(b, a) {
			return "did you mean $" + d.Variable + "?"
		}
	}
	return "declare it behind the operation's name"
}

func (w *walk) listed(v *ast.Value) {
	for _, child := range v.Children {
		if child.Name == "cursor" && child.Value.Kind == ast.Variable {
			w.problem(child.Value.Position, fmt.Sprintf("$%s is a cursor inside a list, which can't be paged", child.Value.Raw),
				"pass it to one field's cursor argument")
		}
	}
}

// unused reports what the server would refuse: variables and fragments that
// nothing asks for, and declarations made twice.
func (w *walk) unused(fragments ast.FragmentDefinitionList) []Problem {
	var problems []Problem
	seen := map[string]bool{}
	for _, v := range w.query.operation.VariableDefinitions {
		if seen[v.Variable] {
			problems = append(problems, *problemAt(v.Position, fmt.Sprintf("variable $%s is declared twice", v.Variable), ""))
		}
		seen[v.Variable] = true
		meant := slices.ContainsFunc(w.problems, func(p Problem) bool { return p.Hint == "did you mean $"+v.Variable+"?" })
		if len(w.used[v.Variable]) == 0 && !meant && w.visits <= maxVisits {
			problems = append(problems, *problemAt(v.Position, fmt.Sprintf("variable $%s is declared and never used", v.Variable),
				"remove it: the server refuses the query"))
		}
	}
	for _, f := range fragments {
		if !w.spread[f.Name] && w.visits <= maxVisits {
			problems = append(problems, *problemAt(f.Position, fmt.Sprintf("fragment %s is never used", f.Name),
				"remove it: the server refuses the query"))
		}
	}
	if w.visits > maxVisits {
		problems = append(problems, Problem{Line: 1, Col: 1, Message: fmt.Sprintf("the query selects more than %d fields", maxVisits)})
	}
	return problems
}

func (w *walk) problem(p *ast.Position, message, hint string) {
	problem := *problemAt(p, message, hint)
	if !slices.Contains(w.problems, problem) { // a fragment is walked at every spread
		w.problems = append(w.problems, problem)
	}
}

// selected is one field of a selection, seen through fragments.
type selected struct {
	alias string
	set   ast.SelectionSet
}

// keys gives the fields of a selection by name, the first of each. The walk
// before has refused fragments that spread themselves.
func (w *walk) keys(set ast.SelectionSet) map[string]selected {
	found := map[string]selected{}
	var visit func(set ast.SelectionSet)
	visit = func(set ast.SelectionSet) {
		for _, selection := range set {
			switch s := selection.(type) {
			case *ast.Field:
				entry, again := found[s.Name]
				if !again {
					entry.alias = s.Alias
				}
				if entry.alias == s.Alias { // one key, selected in parts
					entry.set = append(slices.Clip(entry.set), s.SelectionSet...)
				}
				found[s.Name] = entry
			case *ast.InlineFragment:
				visit(s.SelectionSet)
			case *ast.FragmentSpread:
				visit(w.query.fragments[s.Name].SelectionSet)
			}
		}
	}
	visit(set)
	return found
}
