package speckle

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/formatter"
)

// named is a thing that a query asks for by its id: a project, a model.
type named struct {
	path  string // response keys, "project.model"
	what  string // the field with its id, `model(id: "a6d20f8b31")`
	place string // where the id is written
}

// lookup is the part of a query that asks for things by their ids and for
// nothing of them: what a run would find, for the smallest price.
type lookup struct {
	query  *Query
	given  map[string]Given
	things []named
	used   []string // variables
}

// idArgument tells whether an argument names one thing.
func idArgument(name string) bool {
	return name == "id" || name == "slug" || strings.HasSuffix(name, "Id")
}

// ids looks for what the queries name: a project that isn't there, or that the
// token can't see, else fails the first night. One request a query; a mutation
// is left alone, and so is what only a run knows.
func (a *asker) ids(ctx context.Context, r *Report, queries []AskedQuery) {
	var found []string
	for _, one := range queries {
		l := &lookup{query: one.Query, given: one.Given}
		text, variables := l.text(one.Key)
		if text == "" {
			continue
		}
		found = append(found, a.look(ctx, r, l, text, variables)...)
	}
	if len(found) > 0 {
		r.add(AboutIDs, Good, "there: "+listOf(slices.Compact(found)), "")
	}
}

// look asks for the things of one query, and gives those that are there.
func (a *asker) look(ctx context.Context, r *Report, l *lookup, text string, variables map[string]jsontext.Value) (found []string) {
	ctx, cancel := context.WithTimeout(ctx, questionTimeout)
	defer cancel()
	q, problems := ParseQuery(text)
	if q == nil {
		r.add(AboutIDs, Untold, "what the query names can't be looked for: "+problems[0].Message, "")
		return nil
	}
	data, err := a.bearer.Ask(ctx, q, variables)
	failed, typed := errors.AsType[*Error](err)
	if err != nil && (!typed || len(failed.Errors) == 0) {
		r.add(AboutIDs, Untold, "what the query names can't be looked for: "+err.Error(), "")
		return nil
	}
	var answer any
	_ = json.Unmarshal(data, &answer)
	var refused []string
	for _, thing := range l.things {
		if slices.ContainsFunc(refused, func(path string) bool { return strings.HasPrefix(thing.path, path+".") }) {
			continue // it lies below one that can't be read
		}
		verdict, why, hint := l.judge(thing, failed, answer)
		if verdict == Good {
			found = append(found, thing.what)
			continue
		}
		refused = append(refused, thing.path)
		if why != "" {
			r.add(AboutIDs, verdict, thing.place+thing.what+": "+why, hint)
		}
	}
	return found
}

// judge says whether one thing is there; without a reason somebody else tells it.
func (l *lookup) judge(thing named, failed *Error, answer any) (verdict Verdict, why, hint string) {
	if failed != nil {
		for i := range failed.Errors {
			g := &failed.Errors[i]
			switch at := g.Path == thing.path; {
			case at && g.kind() == NotFound:
				return Failed, g.Message, "look at the id: it is the part behind /projects/, /models/ or @ of an address"
			case at && g.kind() == NoAccess:
				return Failed, g.Message, "the token's owner can't see it: ask for access, or use a token of somebody who can"
			case at && g.kind() == InvalidQuery, at && g.kind() == ScopeMissing, g.Path == "":
				return Untold, "", "" // the query's and the scopes' findings say it
			case at:
				return Untold, g.Message, ""
			}
		}
		return Good, "", "" // no error is its own
	}
	for key := range strings.SplitSeq(thing.path, ".") {
		object, is := answer.(map[string]any)
		if !is || object[key] == nil {
			return Failed, "there is no such thing, or the token can't see it", ""
		}
		answer = object[key]
	}
	return Good, "", ""
}

// text gives the question and its variables; "" when there is nothing to ask.
func (l *lookup) text(key string) (string, map[string]jsontext.Value) {
	if l.query.Kind != OperationQuery {
		return "", nil
	}
	set := l.prune(key, "", l.query.operation.SelectionSet)
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
func (l *lookup) prune(key, above string, set ast.SelectionSet) (kept ast.SelectionSet) {
	for _, selection := range set {
		switch s := selection.(type) {
		case *ast.Field:
			if field := l.field(key, above, s); field != nil {
				kept = append(kept, field)
			}
		case *ast.InlineFragment:
			if inner := l.prune(key, above, s.SelectionSet); len(inner) > 0 {
				kept = append(kept, &ast.InlineFragment{TypeCondition: s.TypeCondition, Directives: s.Directives, SelectionSet: inner})
				l.uses(s.Directives, nil)
			}
		case *ast.FragmentSpread:
			definition := l.query.fragments[s.Name]
			if inner := l.prune(key, above, definition.SelectionSet); len(inner) > 0 {
				kept = append(kept, &ast.InlineFragment{TypeCondition: definition.TypeCondition, Directives: s.Directives, SelectionSet: inner})
				l.uses(s.Directives, nil)
			}
		}
	}
	return kept
}

// field keeps a field with what it names, and what is named below it; nil where
// there is neither, or where a value isn't known before a run.
func (l *lookup) field(key, above string, f *ast.Field) *ast.Field {
	if len(f.SelectionSet) == 0 || f.Name == "items" || f.Name == "objects" || !l.known(f) {
		return nil
	}
	path := f.Alias
	if above != "" {
		path = above + "." + f.Alias
	}
	place := len(l.things)
	for _, argument := range f.Arguments {
		if text, where, is := l.id(key, argument); is && idArgument(argument.Name) && !l.has(path) {
			l.things = append(l.things, named{path, fmt.Sprintf("%s(%s: %s)", f.Name, argument.Name, text), where})
			break
		}
	}
	own := len(l.things) > place || l.has(path)
	inner := l.prune(key, path, f.SelectionSet)
	if !own && len(inner) == 0 {
		return nil
	}
	l.uses(f.Directives, f.Arguments)
	typename := &ast.Field{Alias: "__typename", Name: "__typename"}
	return &ast.Field{Alias: f.Alias, Name: f.Name, Arguments: f.Arguments, Directives: f.Directives, SelectionSet: append(ast.SelectionSet{typename}, inner...)}
}

// has tells whether a thing is asked for already: fields may be written twice.
func (l *lookup) has(path string) bool {
	return slices.ContainsFunc(l.things, func(n named) bool { return n.path == path })
}

// id gives an argument's text and the place where it is written.
func (l *lookup) id(key string, argument *ast.Argument) (text, place string, is bool) {
	switch argument.Value.Kind { //nolint:exhaustive // the rest are no ids
	case ast.StringValue:
		at := argument.Value.Position
		return fmt.Sprintf("%q", argument.Value.Raw), fmt.Sprintf("%s, line %d:%d: ", key, at.Line, at.Column), true
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
