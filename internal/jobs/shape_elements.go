package jobs

import (
	"reflect"
	"slices"
	"strconv"

	"speckle-runner/internal/elements"
	"speckle-runner/internal/jobs/document"
)

// elementsKey is the building elements of a version.
type elementsKey struct {
	At         at         `yaml:"-"`
	Project    text       `yaml:"project" kind:"id" need:"true" doc:"Id of the project, from its address. May hold placeholders, as do model and version."`
	Model      text       `yaml:"model" kind:"id" need:"true" doc:"Id of the model."`
	Version    text       `yaml:"version" kind:"id" default:"the newest" doc:"Id of a version of it. Without, each run reads the one that is the newest when it begins."`
	Where      conditions `yaml:"where" doc:"Only the elements whose fields, root facts or properties are equal to these values; a list means any of them, several keys mean all. Names are those of a record's fields, or paths as below properties."`
	AllowEmpty flag       `yaml:"allow_empty" default:"false" doc:"true: that no element matches where is an export without records, and no failure."`
	Properties properties `yaml:"properties" default:"all, nested" doc:"The properties that a record has, by the names that they get: each a path, or {path, optional}. A path is meant exactly, or exactly below properties., else as an ending of whole segments that one path has: Fire Rating."`
	Rows       text       `yaml:"rows" enum:"@rows" default:"elements" doc:"What a record is: an element, or one property of one, with id, path, text, number, boolean, unit and scope."`
	Units      flag       `yaml:"units" default:"false" doc:"Put a property's unit beside it, as NAME_unit. Without, a property whose unit isn't the same in all elements fails the run."`
}

// conditions is a mapping of names to a value or a list of values.
type conditions struct {
	at
	list []condition
}

type condition struct {
	name   at // of the key
	values []elements.Value
}

func (c *conditions) read(r *reader, a at, _ key) {
	if !r.wants(a, document.KindMapping) {
		return
	}
	c.at = a
	if len(a.node.Entries) == 0 {
		r.problem(a, document.Problem{Message: "names nothing", Hint: "write { category: Doors }, or remove the key: then all elements are read"})
	}
	for _, e := range a.node.Entries {
		place := at{e.Value, join(a.path, e.Key.Text)}
		one := condition{name: at{e.Key, place.path}, values: r.equals(place)}
		c.list = append(c.list, one)
	}
}

// equals reads what a field may be equal to.
func (r *reader) equals(a at) []elements.Value {
	items := []*document.Node{a.node}
	if a.node.Kind == document.KindList {
		items = a.node.Items
		if len(items) == 0 {
			r.problem(a, document.Problem{Message: "there is no value in the list, so nothing can match",
				Hint: "write what it may be equal to, as in [Doors, Windows]"})
		}
	}
	var values []elements.Value
	for i, item := range items {
		place := a
		if a.node.Kind == document.KindList {
			place = at{item, a.path + "[" + strconv.Itoa(i) + "]"}
		}
		v, ok := r.scalarValue(place)
		if !ok {
			continue
		}
		if slices.Contains(values, v) {
			r.problem(place, document.Problem{Message: item.Got() + " is in the list twice"})
			continue
		}
		values = append(values, v)
	}
	return values
}

// scalarValue reads text, a number or a boolean.
func (r *reader) scalarValue(a at) (elements.Value, bool) {
	switch n := a.node; n.Kind {
	case document.KindText:
		return elements.Value{Kind: elements.Text, Text: n.Text}, true
	case document.KindBoolean:
		return elements.Value{Kind: elements.Boolean, Boolean: n.Text == "true"}, true
	case document.KindNumber:
		number, err := strconv.ParseFloat(n.Text, 64)
		if err == nil {
			return elements.Value{Kind: elements.Number, Number: number}, true
		}
		r.problem(a, document.Problem{Message: n.Got() + " is larger than any number of an element"})
	case document.KindNull:
		r.problem(a, document.Problem{Message: "null is equal to nothing", Hint: "to find what is empty, read all elements and choose with select"})
	case document.KindUnclear:
		r.problem(a, unclear(n))
	default:
		r.problem(a, document.Problem{Message: "want text, a number, true or false, not " + n.Got(),
			Hint: "a list means any of its values; more is for select"})
	}
	return elements.Value{}, false
}

func (c *conditions) fill(key) {}

func (c *conditions) schema(key) object {
	value := object{"type": []string{"string", "number", "boolean"}}
	return object{"type": "object", "minProperties": 1, "additionalProperties": object{"oneOf": []any{
		value, object{"type": "array", "minItems": 1, "uniqueItems": true, "items": value},
	}}}
}

// property is one, as a mapping says it. A text is its path.
type property struct {
	At       at   `yaml:"-"`
	Path     text `yaml:"path" need:"true" doc:"Where it is: the whole path, or an ending of it."`
	Optional flag `yaml:"optional" default:"false" doc:"true: that no element has it is no failure, and its column is empty."`
}

// properties are the named ones, in order.
type properties struct {
	at
	list []namedProperty
}

type namedProperty struct {
	name at // of the key
	property
}

func (p *properties) read(r *reader, a at, _ key) {
	if a.node.Kind == document.KindList {
		r.problem(a, document.Problem{Message: "want a mapping of names to paths, not a list", Hint: "write each as NAME: path, as in fire: Fire Rating"})
		return
	}
	if !r.wants(a, document.KindMapping) {
		return
	}
	p.at = a
	if len(a.node.Entries) == 0 {
		r.problem(a, document.Problem{Message: "names no property", Hint: "write fire: Fire Rating, or remove the key: then all properties are read"})
	}
	for _, e := range a.node.Entries {
		place := at{e.Value, join(a.path, e.Key.Text)}
		one := namedProperty{name: at{e.Key, place.path}, property: property{At: place}}
		if e.Value.Kind != document.KindMapping {
			one.Path.read(r, place, key{})
		} else if v := reflect.ValueOf(&one.property).Elem(); r.mapping(place, v) {
			r.needs(place, v, func(name string) bool { return meansKey(e.Value, v.Type(), name) })
		}
		p.list = append(p.list, one)
	}
}

func (p *properties) fill(key) {}

func (p *properties) schema(key) object {
	return object{"type": "object", "minProperties": 1, "additionalProperties": object{"oneOf": []any{
		object{"type": "string", "minLength": 1}, shapeRef(reflect.TypeFor[property]()),
	}}}
}
