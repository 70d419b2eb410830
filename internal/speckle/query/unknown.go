package query

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/vektah/gqlparser/v2/ast"
)

// Unknown is a name in a query that the open source schema doesn't have where
// it stands. It may be misspelt, or of a newer server.
type Unknown struct {
	Line, Col int
	Message   string
	Written   string
	Known     []string // the names that the schema has there, sorted
}

// Unknown finds the fields, arguments, types, values and input fields of the
// query that the open source schema doesn't have, in the order of the text.
// What lies below an unknown field can't be judged.
func (q *Query) Unknown() []Unknown {
	u := &unknowns{query: q, spread: map[string]bool{}}
	for _, v := range q.operation.VariableDefinitions {
		u.variable(v)
	}
	u.selections(q.operation.SelectionSet, rootTypes[q.Kind])
	slices.SortStableFunc(u.found, func(a, b Unknown) int {
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return a.Col - b.Col
	})
	return u.found
}

type unknowns struct {
	query  *Query
	spread map[string]bool // fragments that were looked at
	found  []Unknown
}

func (u *unknowns) addf(p *ast.Position, written string, known []string, format string, args ...any) {
	at := problemAt(p, fmt.Sprintf(format, args...), "")
	u.found = append(u.found, Unknown{at.Line, at.Col, at.Message, written, known})
}

func (u *unknowns) selections(set ast.SelectionSet, parent string) {
	for _, selection := range set {
		switch s := selection.(type) {
		case *ast.Field:
			u.field(s, parent)
		case *ast.InlineFragment:
			u.condition(s.TypeCondition, s.Position)
			u.selections(s.SelectionSet, orElse(s.TypeCondition, parent))
		case *ast.FragmentSpread:
			if definition := u.query.fragments[s.Name]; !u.spread[s.Name] {
				u.spread[s.Name] = true
				u.condition(definition.TypeCondition, definition.Position)
				u.selections(definition.SelectionSet, definition.TypeCondition)
			}
		}
	}
}

// condition looks at the type that a fragment is on.
func (u *unknowns) condition(name string, p *ast.Position) {
	facts := openSource.need()
	if name == "" || typeFacts(name) != nil || facts.unions[name] != nil || facts.interfaces[name] != nil {
		return
	}
	known := slices.Sorted(maps.Keys(openSource.lines()))
	u.addf(p, name, known, "the type %s, which this fragment is on, isn't known here", name)
}

func (u *unknowns) field(f *ast.Field, parent string) {
	fields := typeFacts(parent)
	if fields == nil || strings.HasPrefix(f.Name, "__") {
		return
	}
	facts, known := fields[f.Name]
	if !known {
		u.addf(f.Position, f.Name, slices.Sorted(maps.Keys(fields)), "the field %s of %s isn't known here", f.Name, parent)
		return
	}
	for _, argument := range f.Arguments {
		typ, known := facts.Args[argument.Name]
		if !known {
			u.addf(argument.Position, argument.Name, slices.Sorted(maps.Keys(facts.Args)), "the argument %s of %s.%s isn't known here",
				argument.Name, parent, f.Name)
			continue
		}
		u.value(argument.Value, strings.Trim(typ, "[]!"))
	}
	u.selections(f.SelectionSet, strings.Trim(facts.Type, "[]!"))
}

// value looks at what is written for a value of the named type: the fields of
// an input object, the word of an enum.
func (u *unknowns) value(v *ast.Value, typ string) {
	switch v.Kind {
	case ast.ListValue:
		for _, child := range v.Children {
			u.value(child.Value, typ)
		}
	case ast.ObjectValue:
		fields := inputs()[typ]
		for _, child := range v.Children {
			of, known := fields[child.Name]
			switch {
			case fields == nil:
			case !known:
				u.addf(child.Position, child.Name, slices.Sorted(maps.Keys(fields)), "the field %s of %s isn't known here", child.Name, typ)
			default:
				u.value(child.Value, strings.Trim(of, "[]!"))
			}
		}
	case ast.EnumValue:
		if words := enumWords(typ); words != nil && !slices.Contains(words, v.Raw) {
			u.addf(v.Position, v.Raw, words, "the value %s of %s isn't known here", v.Raw, typ)
		}
	}
}

// variable looks at the type that a variable is declared with.
func (u *unknowns) variable(v *ast.VariableDefinition) {
	name := v.Type.Name()
	if scalarOf(name) != "" || inputs()[name] != nil {
		return
	}
	known := slices.Concat(slices.Collect(maps.Keys(scalars)), slices.Collect(maps.Keys(enums())), slices.Collect(maps.Keys(inputs())))
	slices.Sort(known)
	u.addf(v.Type.Position, name, known, "the type %s of $%s isn't known here", name, v.Variable)
}

// inputs are the fields of the schema's input objects, with their types.
var inputs = sync.OnceValue(func() map[string]map[string]string {
	var written map[string]struct {
		Fields map[string]string `json:"fields"`
	}
	openSource.head("inputs", &written)
	fields := map[string]map[string]string{}
	for name, input := range written {
		fields[name] = input.Fields
	}
	return fields
})

// enumWords are the values of an enum, nil when it isn't known.
func enumWords(name string) []string {
	var words []string
	if text, known := enums()[name]; known {
		if err := json.Unmarshal(text, &words); err != nil {
			panic("embedded data/schema.json: " + name + ": " + err.Error())
		}
	}
	return words
}
