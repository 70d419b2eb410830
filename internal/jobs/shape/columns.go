package shape

import (
	"reflect"
	"slices"

	"speckle-runner/internal/jobs/document"
	"speckle-runner/internal/said"
)

// Column is one column of a table, as a mapping says it. A text is its name.
type Column struct {
	At   At   `yaml:"-"`
	Name Text `yaml:"name" need:"true" doc:"The column's heading."`
	Path Text `yaml:"path" default:"the name" doc:"Where its values are: a key of the record, or a dotted path of keys."`
	Type Text `yaml:"type" enum:"@types" default:"known, or found" doc:"The type of its values. A value that doesn't fit fails the run, and the message names the record."`
}

// Where gives the place and the text of the column's path.
func (c *Column) Where() Text {
	if c.Path.Given() {
		return c.Path
	}
	return c.Name
}

// Columns are a table's columns, each a text or a mapping.
type Columns struct {
	At
	Items []*Column
}

func (l *Columns) read(r *Reader, a At, _ Key) {
	if a.Node.Kind == document.KindText {
		r.Problem(a, document.Problem{Message: "want a list, not " + a.Node.Got(), Hint: "write [" + Cut(a.Node.Text) + "]"})
		return
	}
	if !r.wants(a, document.KindList) {
		return
	}
	l.At = a
	for i := range a.Node.Items {
		one := l.item(r, a.Item(i))
		if !one.Name.Given() {
			continue
		}
		if slices.ContainsFunc(l.Items, func(o *Column) bool { return o.Name.Value == one.Name.Value }) {
			r.Problem(one.Name.At, document.Problem{Message: said.Quoted(one.Name.Value) + " is in the list twice"})
			continue
		}
		l.Items = append(l.Items, one)
	}
}

func (l *Columns) item(r *Reader, a At) *Column {
	one := &Column{At: a}
	if a.Node.Kind != document.KindMapping {
		one.Name.read(r, a, Key{})
		return one
	}
	if v := reflect.ValueOf(one).Elem(); r.Mapping(a, v) {
		r.Needs(a, v, a.Node.Has)
	}
	return one
}

func (l *Columns) fill(Key) {}
