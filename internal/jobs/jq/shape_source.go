package jq

import (
	"maps"
	"slices"
	"strings"

	"github.com/itchyny/gojq"
)

// Source says where a value is from, or what it is, where that is plain to see.
type Source struct {
	// Field says that it is what the program's input holds at Path, or null.
	Field bool
	Path  []string
	// Type is "string", "boolean" or "timestamp" where the program, or the
	// runner, makes the value; "" isn't known.
	Type string
}

// Sources gives for the keys of the objects that the program makes where their
// values are from: {id, by: .author.name}. Keys whose values are computed
// aren't in it.
func (p *Program) Sources() map[string]Source { return maps.Clone(p.made.fields) }

// given are the runner's own variables whose type is known.
var given = map[string]shape{
	"$tick":         {source: Source{Type: "timestamp"}},
	"$last_success": {source: Source{Type: "timestamp"}},
	"$job":          {source: Source{Type: "string"}},
}

// typedCalls are builtins that give values of one type, by their arity.
var typedCalls = map[string]struct {
	arity int
	kind  string
}{
	"not": {0, "boolean"}, "has": {1, "boolean"},
	"tostring": {0, "string"}, "tojson": {0, "string"}, "ascii_downcase": {0, "string"}, "ascii_upcase": {0, "string"},
}

// sight is what a place in a program sees: the program's names, and what its
// variables hold.
type sight struct {
	names

	variables map[string]shape
}

// with binds the variables of E as $x. What a pattern takes apart isn't followed.
func (s sight) with(patterns []*gojq.Pattern, value shape) sight {
	if len(patterns) != 1 || patterns[0].Name == "" {
		return sight{names: s.names}
	}
	bound := maps.Clone(s.variables)
	if bound == nil {
		bound = map[string]shape{}
	}
	bound[patterns[0].Name] = value
	return sight{s.names, bound}
}

func (a Source) is(b Source) bool {
	return a.Field == b.Field && a.Type == b.Type && slices.Equal(a.Path, b.Path)
}

// at is what a field's value holds below a key, or in a list.
func (a shape) at(step string) shape {
	if !a.source.Field || step == "" {
		return anything
	}
	return shape{source: Source{Field: true, Path: append(slices.Clip(a.source.Path), step)}}
}

// stepOf reads .name, ."name", .["name"] and .[0]; "" for other indexes.
func stepOf(i *gojq.Index) string {
	if name := plainName(i); name != "" || i == nil || i.IsSlice || i.Start == nil || i.Start.Term == nil {
		return name
	}
	switch t := i.Start.Term; {
	case len(t.SuffixList) > 0:
		return ""
	case t.Type == gojq.TermTypeNumber, t.Type == gojq.TermTypeUnary && t.Unary.Term.Type == gojq.TermTypeNumber:
		return Each
	case t.Type == gojq.TermTypeString && t.Str.Queries == nil:
		return t.Str.Str
	}
	return ""
}

// sources gives where the values of a written object are from.
func sources(o *gojq.Object, in shape, s sight) map[string]Source {
	fields := map[string]Source{}
	for _, member := range o.KeyVals {
		var value shape
		key := member.Key
		if member.KeyString != nil {
			key = member.KeyString.Str
		}
		switch {
		case member.Val != nil:
			value = outputs(member.Val, in, s)
		case strings.HasPrefix(key, "$"):
			value = s.variables[key]
			key = key[1:]
		default:
			value = in.at(key)
		}
		delete(fields, key) // a repeated key: the last one counts
		if value.source.Field || value.source.Type != "" {
			fields[key] = value.source
		}
	}
	return fields
}

// shared keeps the fields whose values are from the same place in both.
func shared(a, b map[string]Source) map[string]Source {
	both := map[string]Source{}
	for key, from := range a {
		if other, is := b[key]; is && from.is(other) {
			both[key] = from
		}
	}
	return both
}
