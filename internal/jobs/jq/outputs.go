package jq

import (
	"slices"
	"strings"

	"github.com/itchyny/gojq"
)

// madeBy gives what is plain to see of what a program makes.
func madeBy(query *gojq.Query, found names) shape {
	return outputs(query, shape{source: Source{Field: true}}, sight{found, given})
}

// outputs gives the shape of what a query makes of inputs of a shape.
func outputs(q *gojq.Query, in shape, s sight) shape {
	switch {
	case q.Term != nil:
		return termOutputs(q.Term, in, s)
	case q.Op == gojq.OpPipe && len(q.Patterns) > 0:
		return outputs(q.Right, in, s.with(q.Patterns, outputs(q.Left, in, s)))
	case q.Op == gojq.OpPipe:
		left := outputs(q.Left, in, s)
		if left.none {
			return left
		}
		return outputs(q.Right, left, s)
	case q.Op == gojq.OpComma, q.Op == gojq.OpAlt:
		return either(outputs(q.Left, in, s), outputs(q.Right, in, s))
	case q.Op == gojq.OpAdd:
		return sum(outputs(q.Left, in, s), outputs(q.Right, in, s))
	case q.Op >= gojq.OpEq && q.Op <= gojq.OpOr: // they compare, or decide
		return shape{source: Source{Type: "boolean"}}
	}
	return anything
}

func termOutputs(t *gojq.Term, in shape, s sight) shape {
	made := bareOutputs(t, in, s)
	for _, suffix := range t.SuffixList {
		switch {
		case suffix.Iter:
			made = made.at(Each)
		case suffix.Index != nil:
			made = made.at(stepOf(suffix.Index))
		case !suffix.Optional:
			return anything
		}
	}
	return made
}

// bareOutputs leaves out what hangs behind a term.
func bareOutputs(t *gojq.Term, in shape, s sight) shape {
	switch t.Type {
	case gojq.TermTypeIdentity:
		return in
	case gojq.TermTypeIndex:
		return in.at(stepOf(t.Index))
	case gojq.TermTypeNull:
		return shape{null: true}
	case gojq.TermTypeTrue, gojq.TermTypeFalse:
		return shape{source: Source{Type: "boolean"}}
	case gojq.TermTypeString, gojq.TermTypeFormat:
		return shape{source: Source{Type: "string"}}
	case gojq.TermTypeObject:
		keys := written(t.Object)
		if keys == nil {
			return anything
		}
		return shape{keys: keys, fields: sources(t.Object, in, s)}
	case gojq.TermTypeQuery:
		return outputs(t.Query, in, s)
	case gojq.TermTypeLabel:
		return outputs(t.Label.Body, in, s)
	case gojq.TermTypeBreak:
		return shape{none: true}
	case gojq.TermTypeIf:
		return branchOutputs(t.If, in, s)
	case gojq.TermTypeTry:
		if t.Try.Catch == nil {
			return outputs(t.Try.Body, in, s)
		}
		return either(outputs(t.Try.Body, in, s), outputs(t.Try.Catch, anything, s))
	case gojq.TermTypeFunc:
		return callOutputs(t.Func, in, s)
	}
	return anything
}

// callOutputs is the shape of a variable, or of what a builtin gives.
func callOutputs(f *gojq.Func, in shape, s sight) shape {
	name, arity := f.Name, len(f.Args)
	if strings.HasPrefix(name, "$") {
		return s.variables.of(name)
	}
	if s.defines(name) {
		return anything
	}
	if name == "empty" && arity == 0 || name == "error" && arity < 2 {
		return shape{none: true}
	}
	if takes, is := passing[name]; is && takes == arity {
		return in
	}
	if one, is := typedCalls[name]; is && one.arity == arity {
		return shape{source: Source{Type: one.kind}}
	}
	return anything
}

// passing are builtins that give their input or nothing, by their arity.
var passing = map[string]int{
	"select": 1, "values": 0, "objects": 0, "iterables": 0,
}

// typedCalls are builtins that give values of one type, by their arity.
var typedCalls = map[string]struct {
	arity int
	kind  string
}{
	"not": {0, "boolean"}, "has": {1, "boolean"},
	"tostring": {0, "string"}, "tojson": {0, "string"}, "ascii_downcase": {0, "string"}, "ascii_upcase": {0, "string"},
}

// given are the runner's own variables whose type is known.
var given = (*bound[shape])(nil).with("$tick", shape{source: Source{Type: "timestamp"}}).
	with("$last_success", shape{source: Source{Type: "timestamp"}}).
	with("$job", shape{source: Source{Type: "string"}})

func branchOutputs(i *gojq.If, in shape, s sight) shape {
	all := outputs(i.Then, in, s)
	for _, other := range i.Elif {
		all = either(all, outputs(other.Then, in, s))
	}
	if i.Else == nil {
		return either(all, in)
	}
	return either(all, outputs(i.Else, in, s))
}

// sight is what a place in a program sees: the program's names, and what its
// variables hold.
type sight struct {
	names

	variables *bound[shape]
}

// with binds the variables of E as $x. What a pattern takes apart isn't followed.
func (s sight) with(patterns []*gojq.Pattern, value shape) sight {
	if len(patterns) != 1 || patterns[0].Name == "" {
		return sight{names: s.names}
	}
	return sight{s.names, s.variables.with(patterns[0].Name, value)}
}

// written gives the keys of an object as they stand there, nil when one of
// them is computed or there are none.
func written(o *gojq.Object) []string {
	var keys []string
	for _, member := range o.KeyVals {
		key := member.Key
		switch {
		case strings.HasPrefix(key, "$"):
			if member.Val != nil {
				return nil
			}
			key = key[1:]
		case member.KeyString != nil && member.KeyString.Queries == nil:
			key = member.KeyString.Str
		case key == "":
			return nil
		}
		if !slices.Contains(keys, key) {
			keys = append(keys, key)
		}
	}
	return keys
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
			value = s.variables.of(key)
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
