package jobs

import (
	"reflect"
	"slices"
	"strconv"

	"speckle-runner/internal/jobs/document"
	"speckle-runner/internal/said"
)

// column is one column of a table, as a mapping says it. A text is its name.
type column struct {
	At   at   `yaml:"-"`
	Name text `yaml:"name" need:"true" doc:"The column's head."`
	Path text `yaml:"path" default:"the name" doc:"Where its values are: a key of the record, or a dotted path of keys."`
	Type text `yaml:"type" enum:"@types" default:"known, or found" doc:"What its values are. A value that isn't that fails the run, and the message names its record."`
}

// where gives the place and the text of the column's path.
func (c *column) where() text {
	if c.Path.given() {
		return c.Path
	}
	return c.Name
}

// cols are a table's columns, each a text or a mapping.
type cols struct {
	at
	items []*column
}

func (l *cols) read(r *reader, a at, _ key) {
	if a.node.Kind == document.KindText {
		r.problem(a, document.Problem{Message: "want a list, not " + a.node.Got(), Hint: "write [" + cut(a.node.Text) + "]"})
		return
	}
	if !r.wants(a, document.KindList) {
		return
	}
	l.at = a
	for i, item := range a.node.Items {
		one := l.item(r, at{item, a.path + "[" + strconv.Itoa(i) + "]"})
		if !one.Name.given() {
			continue
		}
		if slices.ContainsFunc(l.items, func(o *column) bool { return o.Name.value == one.Name.value }) {
			r.problem(one.Name.at, document.Problem{Message: said.Quoted(one.Name.value) + " is in the list twice"})
			continue
		}
		l.items = append(l.items, one)
	}
}

func (l *cols) item(r *reader, a at) *column {
	one := &column{At: a}
	if a.node.Kind != document.KindMapping {
		one.Name.read(r, a, key{})
		return one
	}
	if v := reflect.ValueOf(one).Elem(); r.mapping(a, v) {
		r.needs(a, v, a.node.Has)
	}
	return one
}

func (l *cols) fill(key) {}

func (l *cols) schema(key) object {
	return object{"type": "array", "minItems": 1, "uniqueItems": true, "items": object{"oneOf": []any{
		object{"type": "string", "minLength": 1}, shapeRef(reflect.TypeFor[column]()),
	}}}
}

func (l *cols) values() []Column {
	if !l.given() {
		return nil
	}
	columns := make([]Column, len(l.items))
	for i, one := range l.items {
		columns[i] = Column{Name: one.Name.value, Path: one.where().value, Type: one.Type.value}
	}
	return columns
}
