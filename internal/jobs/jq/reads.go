package jq

import (
	"slices"

	"github.com/itchyny/gojq"
)

// readsOf walks the parts of a program whose input is the program's own.
func readsOf(query *gojq.Query) [][]string {
	r := &reads{}
	r.query(query)
	return r.paths
}

type reads struct{ paths [][]string }

func (r *reads) query(q *gojq.Query) {
	switch {
	case q == nil:
	case q.Term != nil:
		r.term(q.Term)
	case q.Op == gojq.OpPipe: // what follows sees what this gives
		r.query(q.Left)
	default:
		r.query(q.Left)
		r.query(q.Right)
	}
}

func (r *reads) term(t *gojq.Term) {
	switch t.Type {
	case gojq.TermTypeIndex:
		r.path(t)
	case gojq.TermTypeQuery:
		r.query(t.Query)
	case gojq.TermTypeUnary:
		r.term(t.Unary.Term)
	case gojq.TermTypeIf:
		r.query(t.If.Cond)
		r.query(t.If.Then)
		for _, other := range t.If.Elif {
			r.query(other.Cond)
			r.query(other.Then)
		}
		r.query(t.If.Else)
	}
}

// path takes the names that follow each other, up to the first thing that is
// no plain name.
func (r *reads) path(t *gojq.Term) {
	name := plainName(t.Index)
	if name == "" {
		return
	}
	path := []string{name}
	for _, suffix := range t.SuffixList {
		next := plainName(suffix.Index)
		if next == "" || len(path) == maxPath {
			break
		}
		path = append(path, next)
	}
	if !slices.ContainsFunc(r.paths, func(known []string) bool { return slices.Equal(known, path) }) {
		r.paths = append(r.paths, path)
	}
}

// plainName gives the name of .name and ."name", "" for other indexes.
func plainName(i *gojq.Index) string {
	switch {
	case i == nil:
		return ""
	case i.Name != "":
		return i.Name
	case i.Str != nil && i.Str.Queries == nil:
		return i.Str.Str
	}
	return ""
}
