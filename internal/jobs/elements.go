package jobs

import (
	"slices"
	"sync"

	"speckle-runner/internal/elements"
	"speckle-runner/internal/jobs/choices"
	"speckle-runner/internal/jobs/placeholder"
	"speckle-runner/internal/speckle/query"
)

// Elements is what a job reads of a version's building elements, in place of a
// query's records.
type Elements struct {
	Project, Model placeholder.Template
	Version        placeholder.Template // zero: the model's newest
	Where          []Where              // all of them hold
	AllowEmpty     bool                 // no element, or none that matches, is no failure
	Properties     []Property           // nil: everything, nested below properties
	Rows           choices.Rows
	Units          bool // every property has its unit beside it
}

// Where holds for an element whose field or property has one of the values.
type Where struct {
	Name string
	Any  []elements.Value
}

// Property is a property that records have under a name of their own.
type Property struct {
	Name     string
	Path     string
	Optional bool // that no element has it is no failure
}

// elementFields are what every record of an element has, in its order.
var elementFields = []string{"id", "name", "category", "family", "type", "level", "room", "system", "host", "parent"}

// propertyFields are what a record of a property has.
var propertyFields = []string{"id", "path", "text", "number", "boolean", "unit", "scope"}

// unitSuffix makes the name of a unit's column.
const unitSuffix = "_unit"

// Nested says that a record has everything below properties.
func (e *Elements) Nested() bool { return e.Rows != choices.RowsProperties && e.Properties == nil }

// Fields are the keys of a record, in their order, but properties where it is
// nested.
func (e *Elements) Fields() []string {
	if e.Rows == choices.RowsProperties {
		return propertyFields
	}
	names := slices.Clone(elementFields)
	for _, p := range e.Properties {
		names = append(names, p.Name)
		if e.Units {
			names = append(names, p.Name+unitSuffix)
		}
	}
	return names
}

// elementsNeeds is what asking for a version needs. Who published it is asked,
// too, and is null where the token may not know: nothing depends on it.
var elementsNeeds = sync.OnceValue(func() query.Needs {
	q, _ := query.Parse(`query Newest($project: String!, $model: String!) {
  project(id: $project) { model(id: $model) { versions(limit: 1) {
    items { id createdAt message sourceApplication referencedObject totalChildrenCount }
  } } }
}`)
	return q.Needs()
})

// Spec is which records are made of the version's elements.
func (e *Elements) Spec() elements.Spec {
	spec := elements.Spec{AllowEmpty: e.AllowEmpty, Rows: elements.Rows(e.Rows), Units: e.Units}
	for _, w := range e.Where {
		spec.Where = append(spec.Where, elements.Condition{Name: w.Name, Any: w.Any})
	}
	for _, p := range e.Properties {
		spec.Properties = append(spec.Properties, elements.Named{Name: p.Name, Path: p.Path, Optional: p.Optional})
	}
	return spec
}
