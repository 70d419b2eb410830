package jq

import (
	"slices"
	"strings"

	"github.com/itchyny/gojq"
)

// name is one place in a program where an identifier stands, in the order of
// the text: a call, a variable, a key of an object, a definition.
type name struct {
	text  string // with its $
	arity int    // of a call
	call  bool   // a call of a function that the program doesn't define itself
	free  bool   // a variable that the program doesn't bind itself
}

// names are the places of a program.
type names []name

// used gives the variables that come from outside the program.
func (n names) used() map[string]bool {
	used := map[string]bool{}
	for _, one := range n {
		if one.free {
			used[one.text] = true
		}
	}
	return used
}

// calls reports whether the program calls a builtin.
func (n names) calls(text string) bool {
	return slices.ContainsFunc(n, func(one name) bool { return one.call && one.text == text })
}

// defines reports whether the program gives a builtin's name another meaning
// somewhere.
func (n names) defines(text string) bool {
	return slices.ContainsFunc(n, func(one name) bool { return one.text == text && one.arity == definition })
}

// definition as an arity marks the name behind a def.
const definition = -2

// scope is what a place in a program sees of the program's own names. Scopes
// are only ever added to, so inner ones share the outer ones' array safely.
type scope []name

func (s scope) variable(text string) bool {
	return slices.ContainsFunc(s, func(one name) bool { return one.text == text })
}

func (s scope) function(text string, arity int) bool {
	return slices.ContainsFunc(s, func(one name) bool { return one.text == text && one.arity == arity })
}

func (s scope) with(one name) scope { return append(slices.Clip(s), one) }

// namesOf walks a program in the order of its text, before anything else does. Of one
// whose parts lie too deep in each other it gives some.
func namesOf(query *gojq.Query) (found names, deep bool) {
	w := &walker{}
	w.query(query, nil)
	return w.found, w.deep
}

// maxNested is how many parts of a program may lie in each other: so many pipes, commas or
// brackets. What reads programs calls itself for them, with up to 2 kB of stack each, and a
// stack that overflows ends the process.
const maxNested = 10_000

type walker struct {
	found names
	inner int // parts that lie around where it is
	deep  bool
}

// enters reports whether the walk may go on into a part; leaves ends it there.
func (w *walker) enters() bool {
	w.inner++
	if w.inner > maxNested {
		w.deep = true
	}
	return !w.deep
}

func (w *walker) leaves() { w.inner-- }

func (w *walker) add(one name) { w.found = append(w.found, one) }

func (w *walker) query(q *gojq.Query, s scope) {
	defer w.leaves()
	if !w.enters() || q == nil {
		return
	}
	for _, def := range q.FuncDefs {
		s = w.def(def, s)
	}
	if q.Term != nil {
		w.term(q.Term, s)
		return
	}
	w.query(q.Left, s)
	w.query(q.Right, w.patterns(q.Patterns, s))
}

func (w *walker) def(def *gojq.FuncDef, s scope) scope {
	w.add(name{text: def.Name, arity: definition})
	s = s.with(name{text: def.Name, arity: len(def.Args)})
	inner := s
	for _, arg := range def.Args {
		w.add(name{text: arg, arity: definition})
		inner = inner.with(name{text: arg})
		if plain, is := strings.CutPrefix(arg, "$"); is {
			inner = inner.with(name{text: plain}) // $x is x too
		}
	}
	w.query(def.Body, inner)
	return s
}

func (w *walker) patterns(patterns []*gojq.Pattern, s scope) scope {
	for _, p := range patterns {
		s = w.pattern(p, s)
	}
	return s
}

func (w *walker) pattern(p *gojq.Pattern, s scope) scope {
	defer w.leaves()
	if !w.enters() || p == nil {
		return s
	}
	if p.Name != "" {
		w.add(name{text: p.Name})
		return s.with(name{text: p.Name})
	}
	s = w.patterns(p.Array, s)
	for _, member := range p.Object {
		if member.Key != "" {
			w.add(name{text: member.Key})
			s = s.with(name{text: member.Key})
		}
		w.str(member.KeyString, s)
		w.query(member.KeyQuery, s)
		s = w.pattern(member.Val, s)
	}
	return s
}

func (w *walker) str(str *gojq.String, s scope) {
	if str == nil {
		return
	}
	for _, q := range str.Queries {
		w.query(q, s)
	}
}

func (w *walker) index(i *gojq.Index, s scope) {
	if i == nil {
		return
	}
	w.str(i.Str, s)
	w.query(i.Start, s)
	w.query(i.End, s)
}

func (w *walker) call(f *gojq.Func, s scope) {
	one := name{text: f.Name, arity: len(f.Args)}
	if strings.HasPrefix(f.Name, "$") {
		one.free = !s.variable(f.Name)
	} else {
		one.call = !s.function(f.Name, len(f.Args))
	}
	w.add(one)
	for _, arg := range f.Args {
		w.query(arg, s)
	}
}

func (w *walker) object(o *gojq.Object, s scope) {
	for _, member := range o.KeyVals {
		if member.Key != "" {
			// {$x} is {x: $x}, and {$x: 1} has the value of $x as its key.
			w.add(name{text: member.Key, free: member.Key[0] == '$' && !s.variable(member.Key)})
		}
		w.str(member.KeyString, s)
		w.query(member.KeyQuery, s)
		w.query(member.Val, s)
	}
}

func (w *walker) term(t *gojq.Term, s scope) {
	defer w.leaves()
	if !w.enters() {
		return
	}
	if t.Format != "" {
		w.add(name{text: t.Format})
	}
	w.index(t.Index, s)
	w.str(t.Str, s)
	w.query(t.Query, s)
	switch {
	case t.Func != nil:
		w.call(t.Func, s)
	case t.Object != nil:
		w.object(t.Object, s)
	case t.Array != nil:
		w.query(t.Array.Query, s)
	case t.Unary != nil:
		w.term(t.Unary.Term, s)
	case t.If != nil:
		w.branches(t.If, s)
	case t.Try != nil:
		w.query(t.Try.Body, s)
		w.query(t.Try.Catch, s)
	case t.Reduce != nil:
		w.query(t.Reduce.Query, s)
		inner := w.patterns(t.Reduce.Patterns, s)
		w.query(t.Reduce.Start, s)
		w.query(t.Reduce.Update, inner)
	case t.Foreach != nil:
		w.query(t.Foreach.Query, s)
		inner := w.patterns(t.Foreach.Patterns, s)
		w.query(t.Foreach.Start, s)
		w.query(t.Foreach.Update, inner)
		w.query(t.Foreach.Extract, inner)
	case t.Label != nil:
		w.add(name{text: t.Label.Ident})
		w.query(t.Label.Body, s)
	case t.Break != "":
		w.add(name{text: t.Break})
	}
	for _, suffix := range t.SuffixList {
		w.index(suffix.Index, s)
	}
}

func (w *walker) branches(i *gojq.If, s scope) {
	w.query(i.Cond, s)
	w.query(i.Then, s)
	for _, other := range i.Elif {
		w.query(other.Cond, s)
		w.query(other.Then, s)
	}
	w.query(i.Else, s)
}

// bound are the variables that a place in a program sees, the innermost first, each with
// what is known of it. Inner places share what outer ones see.
type bound[V any] struct {
	name  string
	value V
	outer *bound[V]
}

func (b *bound[V]) with(name string, value V) *bound[V] { return &bound[V]{name, value, b} }

// of gives what is known of a variable: nothing where it isn't bound.
func (b *bound[V]) of(name string) (value V) {
	for ; b != nil; b = b.outer {
		if b.name == name {
			return b.value
		}
	}
	return value
}
