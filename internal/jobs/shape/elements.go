package shape

import (
	"reflect"
	"slices"

	"speckle-runner/internal/elements"
	"speckle-runner/internal/jobs/document"
)

// Elements is the building elements of a version.
type Elements struct {
	At         At         `yaml:"-"`
	Project    Text       `yaml:"project" kind:"id" need:"true" doc:"Id of the project, from its address. May hold placeholders, as do model and version."`
	Model      Text       `yaml:"model" kind:"id" need:"true" doc:"Id of the model."`
	Version    Text       `yaml:"version" kind:"id" default:"the newest" doc:"Id of a version of the model. Without it, each run reads the version that is newest when the run begins."`
	Where      Conditions `yaml:"where" doc:"Only the elements whose fields, root facts or properties equal these values. A list means any of its values; several keys must all match. Names are those of a record's fields, or paths as below properties."`
	AllowEmpty Flag       `yaml:"allow_empty" default:"false" doc:"true: if the version has no element, or no element matches where, the run doesn't fail, and the export has no records."`
	Properties Properties `yaml:"properties" default:"all, nested" doc:"The properties of a record, by the names that they get: each a path, or {path, optional}. A path must match a whole path, with or without properties. in front, or the end of just one path, in whole segments: Fire Rating."`
	Rows       Text       `yaml:"rows" enum:"@rows" default:"elements" doc:"What a record is: an element, or one property of one, with id, path, text, number, boolean, unit and scope."`
	Units      Flag       `yaml:"units" default:"false" doc:"Put a property's unit beside it, as NAME_unit. Without this, a property whose unit isn't the same in all elements fails the run."`
}

// Conditions is a mapping of names to a value or a list of values.
type Conditions struct {
	At
	List []Condition
}

// Condition is a name and what its value may be.
type Condition struct {
	Name   At // of the key
	Values []elements.Value
}

func (c *Conditions) read(r *Reader, a At, _ Key) {
	empty := document.Problem{Message: "names nothing",
		Hint: "write { category: Doors }, or remove the key: then all elements are read"}
	if r.named(a, document.Problem{}, empty, func(name, value At) {
		c.List = append(c.List, Condition{Name: name, Values: r.equals(value)})
	}) {
		c.At = a
	}
}

// equals reads what a field may be equal to.
func (r *Reader) equals(a At) []elements.Value {
	items := []*document.Node{a.Node}
	if a.Node.Kind == document.KindList {
		items = a.Node.Items
		if len(items) == 0 {
			r.Problem(a, document.Problem{Message: "there is no value in the list, so nothing can match",
				Hint: "write what it may be equal to, as in [Doors, Windows]"})
		}
	}
	var values []elements.Value
	for i, item := range items {
		place := a
		if a.Node.Kind == document.KindList {
			place = a.Item(i)
		}
		v, ok := r.scalarValue(place)
		if !ok {
			continue
		}
		if slices.Contains(values, v) {
			r.Problem(place, document.Problem{Message: item.Got() + " is in the list twice"})
			continue
		}
		values = append(values, v)
	}
	return values
}

// scalarValue reads text, a number or a boolean.
func (r *Reader) scalarValue(a At) (elements.Value, bool) {
	switch n := a.Node; n.Kind {
	case document.KindText:
		return elements.Value{Kind: elements.Text, Text: n.Text}, true
	case document.KindBoolean:
		return elements.Value{Kind: elements.Boolean, Boolean: n.Text == "true"}, true
	case document.KindNumber:
		if number, small := elements.Numeric(n.Text); small {
			return number, true
		}
		r.Problem(a, document.Problem{Message: n.Got() + " is larger than any number of an element"})
	case document.KindNull:
		r.Problem(a, document.Problem{Message: "null is equal to nothing",
			Hint: "to find what is empty, read all elements and choose with select"})
	case document.KindUnclear:
		r.Problem(a, Unclear(n))
	default:
		r.Problem(a, document.Problem{Message: "want text, a number, true or false, not " + n.Got(),
			Hint: "a list means any of its values; more is for select"})
	}
	return elements.Value{}, false
}

func (c *Conditions) fill(Key) {}

// Property is one, as a mapping says it. A text is its path.
type Property struct {
	At       At   `yaml:"-"`
	Path     Text `yaml:"path" need:"true" doc:"The property's whole path, or the end of it."`
	Optional Flag `yaml:"optional" default:"false" doc:"true: if no element has it, the run doesn't fail, and its column is empty."`
}

// Properties are the named ones, in order.
type Properties struct {
	At
	List []NamedProperty
}

// NamedProperty is a property with the name that it gets.
type NamedProperty struct {
	Name At // of the key
	Property
}

func (p *Properties) read(r *Reader, a At, _ Key) {
	list := document.Problem{Message: "want a mapping of names to paths, not a list",
		Hint: "write each as NAME: path, as in fire: Fire Rating"}
	empty := document.Problem{Message: "names no property",
		Hint: "write fire: Fire Rating, or remove the key: then all properties are read"}
	if r.named(a, list, empty, func(name, value At) { p.property(r, name, value) }) {
		p.At = a
	}
}

func (p *Properties) property(r *Reader, name, value At) {
	one := NamedProperty{Name: name, Property: Property{At: value}}
	if value.Node.Kind != document.KindMapping {
		one.Path.read(r, value, Key{})
	} else if v := reflect.ValueOf(&one.Property).Elem(); r.Mapping(value, v) {
		r.Needs(value, v, func(name string) bool { return MeansKey(value.Node, v.Type(), name) })
	}
	p.List = append(p.List, one)
}

func (p *Properties) fill(Key) {}
