package jq

import (
	"slices"
	"strings"

	"github.com/itchyny/gojq"
)

// passing are builtins that give their input or nothing, by their arity.
var passing = map[string]int{
	"select": 1, "values": 0, "objects": 0, "iterables": 0,
}

// shape is what is plain to see of a query's outputs: objects with these keys,
// no output at all, or anything.
type shape struct {
	keys []string
	none bool
}

var anything = shape{}

// keysOf gives the keys of the objects that a query makes, or nil.
func keysOf(query *gojq.Query, found names) []string {
	return outputs(query, anything, found).keys
}

// outputs gives the shape of what a query makes of inputs of a shape.
func outputs(q *gojq.Query, in shape, found names) shape {
	switch {
	case q.Term != nil:
		return termOutputs(q.Term, in, found)
	case q.Op == gojq.OpPipe && len(q.Patterns) > 0:
		return outputs(q.Right, in, found)
	case q.Op == gojq.OpPipe:
		left := outputs(q.Left, in, found)
		if left.none {
			return left
		}
		return outputs(q.Right, left, found)
	case q.Op == gojq.OpComma, q.Op == gojq.OpAlt:
		return either(outputs(q.Left, in, found), outputs(q.Right, in, found))
	case q.Op == gojq.OpAdd:
		return sum(outputs(q.Left, in, found), outputs(q.Right, in, found))
	}
	return anything
}

func termOutputs(t *gojq.Term, in shape, found names) shape {
	for _, suffix := range t.SuffixList {
		if !suffix.Optional {
			return anything
		}
	}
	switch t.Type {
	case gojq.TermTypeIdentity:
		return in
	case gojq.TermTypeObject:
		return shape{keys: written(t.Object)}
	case gojq.TermTypeQuery:
		return outputs(t.Query, in, found)
	case gojq.TermTypeLabel:
		return outputs(t.Label.Body, in, found)
	case gojq.TermTypeBreak:
		return shape{none: true}
	case gojq.TermTypeIf:
		return branchOutputs(t.If, in, found)
	case gojq.TermTypeTry:
		if t.Try.Catch == nil {
			return outputs(t.Try.Body, in, found)
		}
		return either(outputs(t.Try.Body, in, found), outputs(t.Try.Catch, anything, found))
	case gojq.TermTypeFunc:
		name, arity := t.Func.Name, len(t.Func.Args)
		if found.defines(name) {
			return anything
		}
		if name == "empty" && arity == 0 || name == "error" && arity < 2 {
			return shape{none: true}
		}
		if takes, is := passing[name]; is && takes == arity {
			return in
		}
	}
	return anything
}

func branchOutputs(i *gojq.If, in shape, found names) shape {
	all := outputs(i.Then, in, found)
	for _, other := range i.Elif {
		all = either(all, outputs(other.Then, in, found))
	}
	if i.Else == nil {
		return either(all, in)
	}
	return either(all, outputs(i.Else, in, found))
}

// either is the shape of outputs of two kinds.
func either(a, b shape) shape {
	switch {
	case a.none:
		return b
	case b.none:
		return a
	case len(a.keys) != len(b.keys):
		return anything
	}
	for _, key := range a.keys {
		if !slices.Contains(b.keys, key) {
			return anything
		}
	}
	return a
}

// sum is the shape of {…} + {…}.
func sum(a, b shape) shape {
	if a.none || b.none {
		return shape{none: true}
	}
	if a.keys == nil || b.keys == nil {
		return anything
	}
	all := slices.Clone(a.keys)
	for _, key := range b.keys {
		if !slices.Contains(all, key) {
			all = append(all, key)
		}
	}
	return shape{keys: all}
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
