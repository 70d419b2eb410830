package elements

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"speckle-runner/internal/said"
)

// Summary is what Write has written.
type Summary struct {
	Elements int64 // of the version
	Matched  int64 // that where takes
	Records  int64
	Columns  []Column // of a record, in their order
	Warnings []string
}

// Column is a column of the records as a table, dotted below properties.
type Column struct {
	Name string
	Kind Kind // Absent where no record has a value
}

// shape makes a record of an element.
type shape interface {
	// want says which paths the records need; nil needs all.
	want() func(path string) bool
	// write appends the records of e and hands each to add.
	write(e *Element, add func(record []byte) error) error
	// columns are those of all records, the record's own fields included.
	columns() []*column
}

// Write makes the records of a version's elements and hands each to add, as a
// JSON object that is valid until add returns. What it fails with is told before
// the first record as far as the version's paths tell it, else behind the last:
// then what was added is worth nothing.
func Write(ctx context.Context, src Source, spec Spec, add func(record []byte) error) (Summary, error) {
	names, err := Names(ctx, src)
	if err != nil {
		return Summary{}, err
	}
	switch empty, err := isEmpty(ctx, src, names); {
	case err != nil:
		return Summary{}, err
	case empty:
		return ofNothing(spec)
	}
	only, err := compile(names, spec.Where)
	if err != nil {
		return Summary{}, err
	}
	records, err := newShape(names, spec)
	if err != nil {
		return Summary{}, err
	}
	var sum Summary
	nameless := int64(0)
	count := func(record []byte) error {
		sum.Records++
		return add(record)
	}
	err = src.Each(ctx, union(records.want(), only.paths), func(e *Element) error {
		sum.Elements++
		if !only.match(e) {
			return nil
		}
		sum.Matched++
		if e.ID == "" {
			nameless++
		}
		return records.write(e, count)
	})
	if err != nil {
		return sum, err
	}
	if sum.Matched == 0 && len(spec.Where) > 0 && !spec.AllowEmpty {
		near, err := only.near(ctx, src)
		return sum, cmp.Or(err, error(&NoMatchError{Where: spec.Where, Elements: sum.Elements, Nearest: near}))
	}
	if len(names) == 0 {
		sum.Warnings = append(sum.Warnings, fmt.Sprintf("none of %s has a property, not even a category", said.Count(sum.Elements, "element")))
	}
	if nameless > 0 {
		sum.Warnings = append(sum.Warnings, fmt.Sprintf("%s came without an id: whether they are there twice can't be told",
			said.Count(nameless, "element")))
	}
	if sum.Matched > 0 && sum.Records == 0 {
		sum.Warnings = append(sum.Warnings, fmt.Sprintf("none of %s has a property that is asked for: there is no record",
			said.Count(sum.Matched, "element")))
	}
	err = sum.judge(records.columns(), spec)
	sum.tellEmpty(spec)
	return sum, err
}

// tellEmpty warns of properties that the version has and none of the elements that where
// takes: no path was misspelt, and their columns are empty all the same.
func (s *Summary) tellEmpty(spec Spec) {
	if s.Matched == 0 || spec.Rows == RowsProperties {
		return
	}
	var empty []string
	for _, p := range spec.Properties {
		none := Column{Name: p.Name, Kind: Absent}
		if !p.Optional && slices.Contains(s.Columns, none) {
			empty = append(empty, p.Name+" ("+p.Path+")")
		}
	}
	if len(empty) > 0 {
		s.Warnings = append(s.Warnings, fmt.Sprintf(
			"none of %s has a value for what other elements of the version have: %s; optional: true allows that",
			said.Count(s.Matched, "element"), listed(empty)))
	}
}

// ofNothing is what an empty version gives where that may be: no record, and its
// columns. Nothing is misspelt there, for want of all paths.
func ofNothing(spec Spec) (Summary, error) {
	if !spec.AllowEmpty {
		return Summary{}, &NoElementsError{}
	}
	spec.Properties = slices.Clone(spec.Properties)
	for i := range spec.Properties {
		spec.Properties[i].Optional = true
	}
	records, err := newShape(nil, spec)
	if err != nil {
		return Summary{}, err
	}
	var sum Summary
	return sum, sum.judge(records.columns(), spec)
}

func newShape(names []string, spec Spec) (shape, error) {
	paths, err := resolveNamed(names, spec.Properties)
	switch {
	case err != nil:
		return nil, err
	case spec.Rows == RowsProperties:
		return newPropertyRows(spec.Properties, paths), nil
	case len(spec.Properties) == 0:
		return newNested(names, spec.Units), nil
	default:
		return newFlat(spec, paths), nil
	}
}

// resolveNamed finds the paths of the named properties, "" for one that may be missing.
func resolveNamed(names []string, named []Named) ([]string, error) {
	paths := make([]string, len(named))
	for i, p := range named {
		path, err := resolve(names, p.Path)
		if _, unknown := err.(*UnknownPathError); unknown && p.Optional { //nolint:errorlint // resolve's own
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("property %s: %w", p.Name, err)
		}
		paths[i] = path
	}
	return paths, nil
}

// union is the paths that records or conditions need.
func union(want func(string) bool, also map[string]bool) func(string) bool {
	if want == nil {
		return nil
	}
	return func(path string) bool { return also[path] || want(path) }
}

// judge tells the columns, and what is odd or wrong about them.
func (s *Summary) judge(columns []*column, spec Spec) error {
	var differ []ColumnUnits
	var mixed []string
	for _, c := range columns {
		s.Columns = append(s.Columns, Column{Name: c.name, Kind: c.kind()})
		if len(c.units) > 1 {
			differ = append(differ, ColumnUnits{Column: c.name, Units: c.units})
		}
		if c.mixed() {
			mixed = append(mixed, c.name)
		}
		if c.odd > 0 {
			s.Warnings = append(s.Warnings, fmt.Sprintf("%s: %d values are no finite number and became null", c.name, c.odd))
		}
		if c.bare > 0 {
			s.Warnings = append(s.Warnings, fmt.Sprintf("%s: %s came without a unit: another property is called %s", c.name,
				said.Count(c.bare, "value"), c.name+unitSuffix))
		}
	}
	if len(mixed) > 0 {
		s.Warnings = append(s.Warnings, "values of one column differ in kind, and are text where a column has one type: "+listed(mixed))
	}
	if len(differ) > 0 && !spec.Units && spec.Rows != RowsProperties {
		return &UnitsError{Columns: differ}
	}
	return nil
}
