package query

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/formatter"
)

// Given is the value of a variable, and where it is written, "jobs.yaml:14:20".
type Given struct {
	Value jsontext.Value
	Place string
}

// Named is a thing that a query asks for by its id: a project, a model.
type Named struct {
	Path  string // response keys, "project.model"
	What  string // the field with its id, `model(id: "a6d20f8b31")`
	Place string // where the id is written
}

// Lookup is the part of a query that asks for things by their ids and for
// nothing of them: what a run would find, for the smallest price.
type Lookup struct {
	Text      string // "" when there is nothing to ask
	Variables map[string]jsontext.Value
	Things    []Named
}

// Lookup gives that part, of what is known before a run. key is the one that
// the query stands under in its file; a mutation names nothing.
func (q *Query) Lookup(key string, given map[string]Given) Lookup {
	l := &lookup{query: q, key: key, given: given}
	text, variables := l.text()
	return Lookup{text, variables, l.things}
}

// lookup is one that is being made.
type lookup struct {
	query  *Query
	key    string // that the query stands under
	given  map[string]Given
	things []Named
	used   []string // variables
}

// idArgument tells whether an argument names one thing.
func idArgument(name string) bool {
	return name == "id" || name == "slug" || strings.HasSuffix(name, "Id")
}

// text gives the question and its variables; "" when there is nothing to ask.
func (l *lookup) text() (string, map[string]jsontext.Value) {
	if l.query.Kind != OperationQuery {
		return "", nil
	}
	set := l.prune("", l.query.operation.SelectionSet)
	if len(set) == 0 || len(l.things) == 0 {
		return "", nil
	}
	operation := &ast.OperationDefinition{Operation: ast.Query, SelectionSet: set}
	variables := map[string]jsontext.Value{}
	for _, declared := range l.query.operation.VariableDefinitions {
		if !slices.Contains(l.used, declared.Variable) {
			continue
		}
		operation.VariableDefinitions = append(operation.VariableDefinitions, declared)
		if given, known := l.given[declared.Variable]; known {
			variables[declared.Variable] = given.Value
		}
	}
	var text bytes.Buffer
	formatter.NewFormatter(&text).FormatQueryDocument(&ast.QueryDocument{Operations: ast.OperationList{operation}})
	return text.String(), variables
}

// prune keeps the fields that name something by its id, and those above them.
func (l *lookup) prune(above string, set ast.SelectionSet) (kept ast.SelectionSet) {
	for _, selection := range set {
		switch s := selection.(type) {
		case *ast.Field:
			if field := l.field(above, s); field != nil {
				kept = append(kept, field)
			}
		case *ast.InlineFragment:
			if inner := l.prune(above, s.SelectionSet); len(inner) > 0 {
				kept = append(kept, &ast.InlineFragment{TypeCondition: s.TypeCondition, Directives: s.Directives, SelectionSet: inner})
				l.uses(s.Directives, nil)
			}
		case *ast.FragmentSpread:
			definition := l.query.fragments[s.Name]
			if inner := l.prune(above, definition.SelectionSet); len(inner) > 0 {
				kept = append(kept, &ast.InlineFragment{TypeCondition: definition.TypeCondition, Directives: s.Directives, SelectionSet: inner})
				l.uses(s.Directives, nil)
			}
		}
	}
	return kept
}

// field keeps a field with what it names, and what is named below it; nil where
// there is neither, or where a value isn't known before a run.
func (l *lookup) field(above string, f *ast.Field) *ast.Field {
	if len(f.SelectionSet) == 0 || f.Name == "items" || f.Name == "objects" || !l.known(f) {
		return nil
	}
	path := f.Alias
	if above != "" {
		path = above + "." + f.Alias
	}
	place := len(l.things)
	for _, argument := range f.Arguments {
		if text, where, is := l.id(argument); is && idArgument(argument.Name) && !l.has(path) {
			l.things = append(l.things, Named{path, fmt.Sprintf("%s(%s: %s)", f.Name, argument.Name, text), where})
			break
		}
	}
	own := len(l.things) > place || l.has(path)
	inner := l.prune(path, f.SelectionSet)
	if !own && len(inner) == 0 {
		return nil
	}
	l.uses(f.Directives, f.Arguments)
	typename := &ast.Field{Alias: "__typename", Name: "__typename"}
	return &ast.Field{Alias: f.Alias, Name: f.Name, Arguments: f.Arguments, Directives: f.Directives,
		SelectionSet: append(ast.SelectionSet{typename}, inner...)}
}

// has tells whether a thing is asked for already: fields may be written twice.
func (l *lookup) has(path string) bool {
	return slices.ContainsFunc(l.things, func(n Named) bool { return n.Path == path })
}

// id gives an argument's text and the place where it is written.
func (l *lookup) id(argument *ast.Argument) (text, place string, is bool) {
	switch argument.Value.Kind { //nolint:exhaustive // the rest are no ids
	case ast.StringValue:
		at := argument.Value.Position
		return fmt.Sprintf("%q", argument.Value.Raw), fmt.Sprintf("%s, line %d:%d: ", l.key, at.Line, at.Column), true
	case ast.Variable:
		given, known := l.given[argument.Value.Raw]
		if !known || given.Value.Kind() != '"' {
			return "", "", false
		}
		return string(given.Value), given.Place + ": $" + argument.Value.Raw + ": ", true
	}
	return "", "", false
}

// known tells whether all that a field is asked with is known.
func (l *lookup) known(f *ast.Field) bool {
	for _, name := range variablesOf(f.Directives, f.Arguments) {
		_, given := l.given[name]
		if !given && !slices.ContainsFunc(l.query.Variables, func(v Variable) bool { return v.Name == name && (v.HasDefault || !v.NonNull) }) {
			return false
		}
	}
	return true
}

func (l *lookup) uses(directives ast.DirectiveList, arguments ast.ArgumentList) {
	l.used = append(l.used, variablesOf(directives, arguments)...)
}

// variablesOf names the variables in arguments, also within objects and lists.
func variablesOf(directives ast.DirectiveList, arguments ast.ArgumentList) (names []string) {
	var within func(v *ast.Value)
	within = func(v *ast.Value) {
		if v.Kind == ast.Variable {
			names = append(names, v.Raw)
		}
		for _, child := range v.Children {
			within(child.Value)
		}
	}
	for _, d := range directives {
		arguments = slices.Concat(arguments, d.Arguments)
	}
	for _, argument := range arguments {
		within(argument.Value)
	}
	return names
}
