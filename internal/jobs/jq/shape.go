package jq

import (
	"maps"
	"slices"
	"strings"

	"github.com/itchyny/gojq"
)

// passing are builtins that give their input or nothing, by their arity.
var passing = map[string]int{
	"select": 1, "values": 0, "objects": 0, "iterables": 0,
}

// shape is what is plain to see of a query's outputs, whatever it looks at on the way: objects with these keys,
// a value of the program's input, null, no output at all, or anything.
type shape struct {
	keys   []string
	fields map[string]Source // of keys, where they are known
	source Source
	null   bool
	none   bool
}

var anything = shape{}

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
		return s.variables[name]
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

// either is the shape of outputs of two kinds.
func either(a, b shape) shape {
	switch {
	case a.none:
		return b
	case b.none:
		return a
	case a.null:
		return shape{source: b.source, null: b.null}
	case b.null || a.source.is(b.source) && a.keys == nil:
		return shape{source: a.source}
	case len(a.keys) != len(b.keys):
		return anything
	}
	for _, key := range a.keys {
		if !slices.Contains(b.keys, key) {
			return anything
		}
	}
	return shape{keys: a.keys, fields: shared(a.fields, b.fields)}
}

// sum is the shape of {…} + {…}.
func sum(a, b shape) shape {
	if a.none || b.none {
		return shape{none: true}
	}
	if a.keys == nil || b.keys == nil {
		return anything
	}
	all, fields := slices.Clone(a.keys), maps.Clone(a.fields)
	for _, key := range b.keys {
		delete(fields, key)
		if !slices.Contains(all, key) {
			all = append(all, key)
		}
	}
	maps.Copy(fields, b.fields)
	return shape{keys: all, fields: fields}
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
