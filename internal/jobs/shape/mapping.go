package shape

import (
	"reflect"

	"speckle-runner/internal/jobs/document"
)

// List is a list of mappings.
type List[T any] struct {
	At
	Items []*T
}

func (l *List[T]) read(r *Reader, a At, _ Key) {
	if a.Node.Kind == document.KindMapping {
		r.Problem(a, document.Problem{Message: "want a list, not a mapping", Hint: "begin each item with a hyphen and a space"})
		return
	}
	if !r.wants(a, document.KindList) {
		return
	}
	l.At = a
	for i, item := range a.Node.Items {
		one, place := new(T), a.Item(i)
		v := reflect.ValueOf(one).Elem()
		v.FieldByName("At").Set(reflect.ValueOf(place))
		if r.Mapping(place, v) {
			r.Needs(place, v, func(name string) bool { return MeansKey(item, v.Type(), name) })
			Fill(v)
			l.Items = append(l.Items, one)
		}
	}
}

func (l *List[T]) fill(Key) {}

// Opt is a mapping that may be there.
type Opt[T any] struct {
	At
	Value *T
}

func (o *Opt[T]) read(r *Reader, a At, _ Key) {
	one := new(T)
	v := reflect.ValueOf(one).Elem()
	v.FieldByName("At").Set(reflect.ValueOf(a))
	if r.Mapping(a, v) {
		o.At, o.Value = a, one
		r.Needs(a, v, func(name string) bool { return MeansKey(a.Node, v.Type(), name) })
		if !isDefaults(v.Type()) { // filled in the jobs, after their own keys
			Fill(v)
		}
	}
}

func (o *Opt[T]) fill(Key) {}
