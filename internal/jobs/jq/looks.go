package jq

import (
	"maps"
	"slices"
	"strings"

	"github.com/itchyny/gojq"
)

// Each is the step of an Origin's or a Source's path from a list to what is in it.
const Each = "[]"

// Origin is where a value comes from: a path below the record or below $data,
// as [author name], with Each where a list is gone through.
type Origin struct {
	Data bool // below $data; else below the record
	Path []string
}

// trace follows the record, and $data, through all parts of a program, to note what is
// looked at; what comes out, and as what, is shape's question. What it can't follow
// is unknown, and what is made of that, too: it finds few places, and no false
// ones.
type trace struct {
	found names
	looks []Origin
	quiet int // inside of something that may be missing
}

// traced is what is known of a value.
type traced struct {
	from   *Origin // nil: unknown
	nested int     // so many lists around it are of the program's own making
	made   map[string]traced
	none   bool // there is no value
}

// tracing gives what a program looks at, and where what it makes comes from.
func tracing(query *gojq.Query, found names) (looks []Origin, makes map[string]Origin, passes bool) {
	t := &trace{found: found}
	whole := t.query(query, traced{from: &Origin{}}, (*bound[traced])(nil).with("$data", traced{from: &Origin{Data: true}}))
	for key, v := range whole.made {
		if v.from != nil && v.nested == 0 {
			if makes == nil {
				makes = map[string]Origin{}
			}
			makes[key] = *v.from
		}
	}
	return t.looks, makes, whole.from != nil && !whole.from.Data && len(whole.from.Path) == 0 && whole.nested == 0
}

// member is the value of a key.
func (t *trace) member(of traced, name string) traced {
	switch {
	case of.none:
		return of
	case of.nested > 0:
		return traced{}
	case of.made != nil:
		return of.made[name]
	case of.from == nil || len(of.from.Path) >= maxPath:
		return traced{}
	}
	to := Origin{of.from.Data, append(slices.Clip(of.from.Path), name)}
	if t.quiet == 0 && !slices.ContainsFunc(t.looks, to.same) {
		t.looks = append(t.looks, to)
	}
	return traced{from: &to}
}

func (o Origin) same(other Origin) bool {
	return o.Data == other.Data && slices.Equal(o.Path, other.Path)
}

// element is what is in a list.
func (t *trace) element(of traced) traced {
	switch {
	case of.none:
		return of
	case of.nested > 0:
		of.nested--
		return of
	case of.from == nil || len(of.from.Path) >= maxPath:
		return traced{}
	}
	return traced{from: &Origin{of.from.Data, append(slices.Clip(of.from.Path), Each)}}
}

func (of traced) listed() traced {
	of.nested++
	return of
}

// oneOf is one of two values.
func oneOf(a, b traced) traced {
	switch {
	case a.none:
		return b
	case b.none:
		return a
	case a.from != nil && b.from != nil && a.nested == b.nested && a.from.same(*b.from):
		return a
	}
	return traced{}
}

func (t *trace) query(q *gojq.Query, in traced, vars *bound[traced]) traced {
	if q == nil {
		return traced{}
	}
	switch {
	case q.Term != nil:
		return t.term(q.Term, in, vars)
	case q.Op == gojq.OpPipe && len(q.Patterns) > 0:
		return t.query(q.Right, in, t.patterns(q.Patterns, t.query(q.Left, in, vars), vars))
	case q.Op == gojq.OpPipe:
		return t.query(q.Right, t.query(q.Left, in, vars), vars)
	case q.Op == gojq.OpComma:
		return oneOf(t.query(q.Left, in, vars), t.query(q.Right, in, vars))
	case q.Op == gojq.OpAlt:
		t.quiet++
		t.query(q.Left, in, vars)
		t.quiet--
		t.query(q.Right, in, vars)
		return traced{}
	case slices.Contains(updates, q.Op): // it may write what isn't there yet
		return traced{}
	}
	left, right := t.query(q.Left, in, vars), t.query(q.Right, in, vars)
	if q.Op == gojq.OpAdd && left.made != nil && right.made != nil {
		return joined(left, right)
	}
	return traced{}
}

var updates = []gojq.Operator{
	gojq.OpAssign, gojq.OpModify, gojq.OpUpdateAdd, gojq.OpUpdateSub, gojq.OpUpdateMul, gojq.OpUpdateDiv, gojq.OpUpdateMod, gojq.OpUpdateAlt,
}

// joined is {…} + {…}.
func joined(a, b traced) traced {
	all := maps.Clone(a.made)
	maps.Copy(all, b.made)
	return traced{made: all}
}

// patterns binds variables: a plain one to the value, those inside of others
// to something unknown.
func (t *trace) patterns(patterns []*gojq.Pattern, v traced, vars *bound[traced]) *bound[traced] {
	for _, p := range patterns {
		if p.Name != "" {
			vars = vars.with(p.Name, v)
		}
		vars = t.patterns(p.Array, traced{}, vars)
		for _, member := range p.Object {
			if strings.HasPrefix(member.Key, "$") {
				vars = vars.with(member.Key, traced{})
			}
			if member.Val != nil {
				vars = t.patterns([]*gojq.Pattern{member.Val}, traced{}, vars)
			}
		}
	}
	return vars
}

func (t *trace) term(term *gojq.Term, in traced, vars *bound[traced]) traced {
	v := t.head(term, in, vars)
	for _, suffix := range term.SuffixList {
		switch {
		case suffix.Iter:
			v = t.element(v)
		case suffix.Index != nil:
			v = t.index(suffix.Index, v)
		}
	}
	return v
}

func (t *trace) index(i *gojq.Index, v traced) traced {
	if name := plainName(i); name != "" {
		return t.member(v, name)
	}
	switch start := i.Start; {
	case i.IsSlice:
		return v
	case start != nil && start.Term != nil && start.Term.Type == gojq.TermTypeString && start.Term.Str.Queries == nil:
		return t.member(v, start.Term.Str.Str)
	case start != nil && start.Term != nil && (start.Term.Type == gojq.TermTypeNumber || start.Term.Type == gojq.TermTypeUnary):
		return t.element(v)
	}
	return traced{}
}

func (t *trace) head(term *gojq.Term, in traced, vars *bound[traced]) traced {
	switch term.Type {
	case gojq.TermTypeIdentity:
		return in
	case gojq.TermTypeIndex:
		return t.index(term.Index, in)
	case gojq.TermTypeFunc:
		return t.call(term.Func, in, vars)
	case gojq.TermTypeObject:
		return t.object(term.Object, in, vars)
	case gojq.TermTypeArray:
		return t.query(term.Array.Query, in, vars).listed()
	case gojq.TermTypeQuery:
		return t.query(term.Query, in, vars)
	case gojq.TermTypeUnary:
		t.term(term.Unary.Term, in, vars)
	case gojq.TermTypeString, gojq.TermTypeFormat:
		t.text(term.Str, in, vars)
	case gojq.TermTypeIf:
		return t.branches(term.If, in, vars)
	case gojq.TermTypeTry:
		return t.tried(term.Try, in, vars)
	case gojq.TermTypeReduce:
		each := t.query(term.Reduce.Query, in, vars)
		t.query(term.Reduce.Start, in, vars)
		t.query(term.Reduce.Update, traced{}, t.patterns(term.Reduce.Patterns, each, vars))
	case gojq.TermTypeForeach:
		each := t.query(term.Foreach.Query, in, vars)
		t.query(term.Foreach.Start, in, vars)
		inner := t.patterns(term.Foreach.Patterns, each, vars)
		t.query(term.Foreach.Update, traced{}, inner)
		t.query(term.Foreach.Extract, traced{}, inner)
	case gojq.TermTypeLabel:
		return t.query(term.Label.Body, in, vars)
	case gojq.TermTypeBreak:
		return traced{none: true}
	}
	return traced{}
}

func (t *trace) text(s *gojq.String, in traced, vars *bound[traced]) {
	if s == nil {
		return
	}
	for _, q := range s.Queries {
		t.query(q, in, vars)
	}
}

func (t *trace) tried(try *gojq.Try, in traced, vars *bound[traced]) traced {
	body := t.query(try.Body, in, vars)
	if try.Catch == nil {
		return body
	}
	return oneOf(body, t.query(try.Catch, traced{}, vars))
}

func (t *trace) branches(i *gojq.If, in traced, vars *bound[traced]) traced {
	t.query(i.Cond, in, vars)
	all := t.query(i.Then, in, vars)
	for _, other := range i.Elif {
		t.query(other.Cond, in, vars)
		all = oneOf(all, t.query(other.Then, in, vars))
	}
	if i.Else == nil {
		return oneOf(all, in)
	}
	return oneOf(all, t.query(i.Else, in, vars))
}

func (t *trace) object(o *gojq.Object, in traced, vars *bound[traced]) traced {
	made, computed := map[string]traced{}, false
	for _, m := range o.KeyVals {
		t.text(m.KeyString, in, vars)
		t.query(m.KeyQuery, in, vars)
		key, v := m.Key, traced{}
		if m.KeyString != nil && m.KeyString.Queries == nil {
			key = m.KeyString.Str
		}
		switch {
		case m.Val != nil:
			v = t.query(m.Val, in, vars)
		case strings.HasPrefix(key, "$"):
			v, key = vars.of(key), key[1:]
		case key != "":
			v = t.member(in, key)
		}
		if key == "" || strings.HasPrefix(key, "$") {
			computed = true // any key may be there
		}
		made[key] = v
	}
	if computed {
		return traced{}
	}
	return traced{made: made}
}

// call follows the builtins that give their input, or a part of it.
func (t *trace) call(f *gojq.Func, in traced, vars *bound[traced]) traced {
	if strings.HasPrefix(f.Name, "$") {
		return vars.of(f.Name)
	}
	if t.found.defines(f.Name) {
		return traced{}
	}
	if len(f.Args) == 0 {
		return t.plainCall(f.Name, in)
	}
	last := f.Args[len(f.Args)-1]
	switch f.Name {
	case "select":
		t.query(last, in, vars)
		return in
	case "map":
		return t.query(last, t.element(in), vars).listed()
	case "first", "last", "limit", "nth", "skip":
		if len(f.Args) == 1 && f.Name == "nth" {
			return t.element(in)
		}
		return t.query(last, in, vars)
	case "sort_by", "unique_by":
		t.query(last, t.element(in), vars)
		return in
	case "min_by", "max_by":
		t.query(last, t.element(in), vars)
		return t.element(in)
	case "group_by":
		t.query(last, t.element(in), vars)
		return t.element(in).listed().listed()
	case "any", "all":
		if len(f.Args) == 1 {
			t.query(last, t.element(in), vars)
		}
	case "test", "startswith", "endswith", "ltrimstr", "rtrimstr", "split", "join", "contains", "index", "range", "error":
		for _, arg := range f.Args {
			t.query(arg, in, vars)
		}
	}
	return traced{}
}

func (t *trace) plainCall(name string, in traced) traced {
	switch name {
	case "empty", "error":
		return traced{none: true}
	case "first", "last":
		return t.element(in)
	case "values", "objects", "iterables", "sort", "reverse", "unique":
		return in
	}
	return traced{}
}
