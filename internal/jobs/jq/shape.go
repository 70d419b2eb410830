package jq

import (
	"maps"
	"slices"
)

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

// maxPath is how far a path is followed through a program: what lies deeper is unknown, and
// a path isn't held against all others that are as long.
const maxPath = 100

// at is what a field's value holds below a key, or in a list.
func (a shape) at(step string) shape {
	if !a.source.Field || step == "" || len(a.source.Path) >= maxPath {
		return anything
	}
	return shape{source: Source{Field: true, Path: append(slices.Clip(a.source.Path), step)}}
}

// Source says where a value is from, or what it is, where that is plain to see.
type Source struct {
	// Field says that it is what the program's input holds at Path, or null.
	Field bool
	Path  []string
	// Type is "string", "boolean" or "timestamp" where the program, or the
	// runner, makes the value; "" isn't known.
	Type string
}

func (a Source) is(b Source) bool {
	return a.Field == b.Field && a.Type == b.Type && slices.Equal(a.Path, b.Path)
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
