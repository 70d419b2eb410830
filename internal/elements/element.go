package elements

import "context"

// Source is one version's elements, whole, on this machine. Its methods may be
// called more than once, one after the other.
type Source interface {
	// Paths gives every property path that at least one element has, root facts
	// (category, name, family, …) included, in the order in which they are first
	// seen in the version.
	Paths(ctx context.Context) ([]Path, error)
	// Each calls do for every element, in the order of object numbers (a graph's:
	// of its closure), those without any property included. An Element and what
	// it holds is valid until do returns. Properties whose path want refuses may
	// be left out; want nil takes all. The record's own fields are always there.
	Each(ctx context.Context, want func(path string) bool, do func(*Element) error) error
}

// Path is a property path of a version.
type Path struct {
	Name     string // "category", "properties.Dimensions.Area"
	Elements int64  // how many have it, of their own or by their type
	Units    []string
	Example  Value
}

// Element is one building element.
type Element struct {
	ID       string // application id; it may repeat within a version
	Name     string
	Category string
	Family   string
	Type     string // the root fact, else the type's key
	Level    string // names; of several, joined by "; "
	Room     string
	System   string
	Host     string // the id of what it is hosted on
	Parent   string // the id of what it is a part of

	// Properties holds one value a path, in the order of paths; a type's are merged
	// in, and the instance's own win.
	Properties []Property
}

// Property is one value of an element.
type Property struct {
	Path  string
	Value Value
	Unit  string // as the producer wrote it, "" for none
	Scope Scope
}

// Scope says whose property it is.
type Scope string

// The scopes of a property.
const (
	Instance Scope = "instance"
	Type     Scope = "type"
)

// Value is text, a number or a boolean.
type Value struct {
	Kind    Kind
	Text    string
	Number  float64
	Boolean bool
}

// Kind is what a Value holds.
type Kind uint8

// The kinds of values. Absent is the zero value: there is none.
const (
	Absent Kind = iota
	Text
	Number
	Boolean
)
