package record

import (
	"bytes"
	"context"
	"fmt"
	"slices"
)

// FindColumns reads all records and gives the paths of their leaves, in the
// order in which their keys were first seen. A list is a leaf; an object is
// one only when nothing was ever seen below it.
func FindColumns(ctx context.Context, r Records) ([]Column, error) {
	return ExpandColumns(ctx, r, []Column{{Free: true}})
}

// ExpandColumns replaces each Free column by the columns that the data has
// below it. One without any data stays, so that its head is there. Without
// Free columns nothing is read.
func ExpandColumns(ctx context.Context, r Records, columns []Column) ([]Column, error) {
	plan := newFinder(columns)
	if plan.free == 0 {
		return columns, nil
	}
	err := EachRecord(ctx, r, func(s *Scanner) error { return plan.value(s, plan.root) })
	if err != nil {
		return nil, err
	}
	var found []Column
	for i, c := range columns {
		if c.Free {
			found = plan.collect(found, plan.roots[i], c)
		} else {
			found = append(found, c)
		}
	}
	return found, nil
}

// TableColumns gives the columns of a table, found in the data where they
// aren't given.
func TableColumns(ctx context.Context, r Records, columns []Column) ([]Column, error) {
	if len(columns) == 0 {
		return FindColumns(ctx, r)
	}
	if slices.ContainsFunc(columns, func(c Column) bool { return c.Free }) {
		return ExpandColumns(ctx, r, columns)
	}
	return columns, nil
}

// finder is the tree of keys on the way to Free columns and below them.
type finder struct {
	root  *foundKey
	roots []*foundKey // of each Free column
	free  int
	keys  int
	name  []byte // scratch for names with escapes
}

type foundKey struct {
	path     []string
	below    map[string]*foundKey
	order    []*foundKey
	free     bool // new keys may be added here
	leaf     bool // a scalar or a list was seen
	occurred bool

	usual []usualKey // keys as the first object that reached so far had them
}

// usualKey is a key's place: most records have the same keys in the same order.
type usualKey struct {
	raw  []byte
	next *foundKey
}

func newFinder(columns []Column) *finder {
	f := &finder{root: &foundKey{}, roots: make([]*foundKey, len(columns))}
	for i, c := range columns {
		if !c.Free {
			continue
		}
		f.free++
		at := f.root
		for _, key := range c.Path {
			at = at.child(key)
		}
		at.free = true
		f.roots[i] = at
	}
	return f
}

func (k *foundKey) child(key string) *foundKey {
	if next, ok := k.below[key]; ok {
		return next
	}
	if k.below == nil {
		k.below = map[string]*foundKey{}
	}
	next := &foundKey{path: append(slices.Clip(k.path), key), free: k.free}
	k.below[key] = next
	k.order = append(k.order, next)
	return next
}

// value walks the next value of s; at is nil where no Free column can be.
func (f *finder) value(s *Scanner, at *foundKey) error {
	if at == nil {
		_, err := s.Value()
		return err
	}
	at.occurred = true
	if c := s.Peek(); c != '{' || len(at.path) >= maxDepth {
		at.leaf = at.leaf || c != 'n'
		_, err := s.Value()
		return err
	}
	s.At++
	for n := 0; ; n++ {
		name, err := s.Member(n == 0)
		if err != nil || name == nil {
			return err
		}
		next, err := f.member(at, n, name)
		if err != nil {
			return err
		}
		if err := f.value(s, next); err != nil {
			return err
		}
	}
}

// member is descend to the n-th key of an object.
func (f *finder) member(at *foundKey, n int, raw []byte) (*foundKey, error) {
	if n < len(at.usual) && bytes.Equal(at.usual[n].raw, raw) {
		return at.usual[n].next, nil
	}
	next, err := f.descend(at, raw)
	if err == nil && next != nil && n == len(at.usual) && n < maxOrder {
		at.usual = append(at.usual, usualKey{bytes.Clone(raw), next})
	}
	return next, err
}

func (f *finder) descend(at *foundKey, raw []byte) (*foundKey, error) {
	name := Unquote(&f.name, raw)
	next, known := at.below[string(name)]
	if known || !at.free {
		return next, nil
	}
	if f.keys++; f.keys > maxColumns {
		return nil, fmt.Errorf("more than %d columns (at %s): give columns, or a select that makes fewer keys",
			maxColumns, JoinPath(append(slices.Clip(at.path), string(name))))
	}
	return at.child(string(name)), nil
}

// collect gives the columns of a subtree: the key itself when it held values
// of its own or nothing deeper, then what lies below, key by key.
func (f *finder) collect(found []Column, at *foundKey, free Column) []Column {
	top := len(at.path) == len(free.Path)
	if at.leaf || len(at.order) == 0 && (at.occurred || len(at.path) > 0) {
		c := Column{Path: at.path}
		if top {
			c = free
			c.Free, c.Empty = false, !at.leaf
		}
		found = append(found, c.named())
	}
	for _, next := range at.order {
		if next.occurred {
			found = f.collect(found, next, free)
		}
	}
	return found
}

func (c Column) named() Column {
	c.Name = c.header()
	return c
}
