package elements

import (
	"fmt"
	"slices"
)

// Spec is which records are made of a version's elements.
type Spec struct {
	Where      []Condition // all of them hold
	AllowEmpty bool        // no element, or none that matches Where, is no failure
	Properties []Named     // none: everything, nested below properties
	Rows       Rows        // "" is RowsElements
	Units      bool        // every property has its unit beside it
}

// Condition holds for an element whose field or property has one of the values.
type Condition struct {
	Name string // a record's field, else a path
	Any  []Value
}

// Named is a property that records have under a name of their own.
type Named struct {
	Name     string
	Path     string // the whole, or an ending of whole segments that one path has
	Optional bool   // that no element has it is no failure
}

// Rows says what a record is.
type Rows string

// What a record can be.
const (
	RowsElements   Rows = "elements"
	RowsProperties Rows = "properties"
)

// unitSuffix makes the name of a unit's column.
const unitSuffix = "_unit"

// Problem is something that a Spec can't mean.
type Problem struct {
	Key     []string // where it stands: "properties", "fire"
	Message string
}

// Problems says what is wrong with a Spec, as far as it can be told without a version.
func (s Spec) Problems() []Problem {
	var all []Problem
	add := func(message string, key ...string) { all = append(all, Problem{Key: key, Message: message}) }
	if s.Rows != "" && s.Rows != RowsElements && s.Rows != RowsProperties {
		add(fmt.Sprintf("is %q: elements or properties", s.Rows), "rows")
	}
	if s.Rows == RowsProperties && s.Units {
		add("is for rows: elements: a record of a property has its unit anyway", "units")
	}
	all = append(all, s.namedProblems()...)
	seen := map[string]bool{}
	for _, c := range s.Where {
		switch {
		case c.Name == "":
			add("names nothing", "where")
		case seen[c.Name]:
			add("stands there twice", "where", c.Name)
		case len(c.Any) == 0:
			add("has no value that it could be equal to", "where", c.Name)
		case slices.ContainsFunc(c.Any, func(v Value) bool { return v.Kind == Absent || !v.finite() }):
			add("has a value that is neither text nor a number nor true or false", "where", c.Name)
		}
		seen[c.Name] = true
	}
	return all
}

func (s Spec) namedProblems() []Problem {
	var all []Problem
	taken := map[string]string{}
	for _, name := range Fields() {
		taken[name] = "is a field that every record has: take another name"
	}
	for _, p := range s.Properties {
		names := []string{p.Name}
		if s.Units {
			names = append(names, p.Name+unitSuffix)
		}
		for _, name := range names {
			if why := taken[name]; why != "" {
				if name != p.Name {
					why = fmt.Sprintf("has its unit as %s, which %s", name, why)
				}
				all = append(all, Problem{Key: []string{"properties", p.Name}, Message: why})
				break
			}
			taken[name] = "stands there twice: take another name"
		}
		switch {
		case p.Name == "":
			all = append(all, Problem{Key: []string{"properties"}, Message: "has a property without a name"})
		case p.Path == "":
			all = append(all, Problem{Key: []string{"properties", p.Name}, Message: "has no path"})
		}
	}
	return all
}
