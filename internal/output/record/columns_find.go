package record

import (
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
// below it, and those with Doubts by what they turn out to be. One without any data
// stays, so that its head is there. Without such columns nothing is read.
func ExpandColumns(ctx context.Context, r Records, columns []Column) ([]Column, error) {
	plan := newFinder(columns)
	if !plan.looks {
		return columns, nil
	}
	var workers []*finder
	err := Beside(ctx, r, func() *finder {
		worker := newFinder(columns)
		workers = append(workers, worker)
		return worker
	}, plan.join)
	if err != nil {
		return nil, err
	}
	for _, worker := range workers {
		worker.root.tell()
	}
	var found []Column
	for i, c := range columns {
		switch {
		case len(c.Doubts) > 0:
			found = plan.resolve(found, plan.roots[i], c)
		case c.Free:
			found = plan.collect(found, plan.roots[i], c)
		default:
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
	return ExpandColumns(ctx, r, columns)
}

// finder is the tree of keys on the way to Free columns and below them, and to what
// is in doubt. Several
// look at records beside each other; what they find is joined in one.
type finder struct {
	root  *foundKey
	roots []*foundKey // of each Free column
	looks bool        // at records at all
	keys  int
	full  bool
	fresh []*foundKey // not joined yet
	name  []byte      // scratch for names with escapes
}

type foundKey struct {
	path     []string
	above    *foundKey
	joined   *foundKey // of the finder that all are joined in
	below    map[string]*foundKey
	order    []*foundKey
	free     bool // new keys may be added here
	leaf     bool // a scalar or a list was seen
	object   bool // an object was seen
	listed   bool // it is a column already, as a list
	occurred bool
	members  members[foundKey]
}

func newFinder(columns []Column) *finder {
	f := &finder{root: &foundKey{}, roots: make([]*foundKey, len(columns))}
	for i, c := range columns {
		path := c.Path
		if n := len(c.Doubts); n > 0 && !c.Free {
			path = path[:c.Doubts[n-1]]
		} else if !c.Free {
			continue
		}
		f.looks = true
		at := f.root
		for _, key := range path {
			at = f.child(at, key)
		}
		at.free = c.Free
		f.roots[i] = at
	}
	return f
}

func (f *finder) child(at *foundKey, key string) *foundKey {
	if next, ok := at.below[key]; ok {
		return next
	}
	if at.below == nil {
		at.below = map[string]*foundKey{}
	}
	next := &foundKey{path: append(slices.Clip(at.path), key), above: at, free: at.free}
	at.below[key] = next
	at.order = append(at.order, next)
	f.fresh = append(f.fresh, next)
	return next
}

// join takes the keys that another finder has found, in their order.
func (f *finder) join(worker *finder) error {
	worker.root.joined = f.root
	for _, k := range worker.fresh {
		at, name := k.above.joined, k.path[len(k.path)-1]
		if at.below[name] == nil {
			if f.keys++; f.keys > maxColumns {
				return fmt.Errorf("more than %d columns (at %s): give columns, or a select that makes fewer keys", maxColumns, JoinPath(k.path))
			}
		}
		k.joined = f.child(at, name)
	}
	worker.fresh, f.fresh = worker.fresh[:0], nil
	return nil
}

// tell tells what was seen at keys to those that they are joined in.
func (k *foundKey) tell() {
	if to := k.joined; to != nil {
		to.leaf, to.object, to.occurred = to.leaf || k.leaf, to.object || k.object, to.occurred || k.occurred
	}
	for _, next := range k.order {
		next.tell()
	}
}

// Record looks at a record.
func (f *finder) Record(s *Scanner) (full bool, err error) {
	err = f.value(s, f.root)
	return f.full, err
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
	at.object = true
	s.At++
	var last *member[foundKey]
	for n := 0; ; n++ {
		known, name, err := at.members.next(s, last, n == 0)
		if err != nil || known == nil && name == nil {
			return err
		}
		var next *foundKey
		if known == nil {
			next = f.descend(at, name)
			known = at.members.learn(last, name, next)
		} else {
			next = known.key
		}
		last = known
		if err := f.value(s, next); err != nil {
			return err
		}
	}
}

// descend gives a key below another, nil where no Free column can be. One more
// than there may be is made: who joins it refuses it.
func (f *finder) descend(at *foundKey, raw []byte) *foundKey {
	name := Unquote(&f.name, raw)
	next, known := at.below[string(name)]
	if known || !at.free || f.full {
		return next
	}
	f.keys++
	f.full = f.keys > maxColumns
	return f.child(at, string(name))
}

// collect gives the columns of a subtree: the key itself when it held values
// of its own or nothing deeper, then what lies below, key by key.
func (f *finder) collect(found []Column, at *foundKey, free Column) []Column {
	top := len(at.path) == len(free.Path)
	if at.leaf || len(at.order) == 0 && (at.occurred || len(at.path) > 0) {
		c := Column{Path: at.path}
		if top {
			c = free
			c.Free = false
		}
		c.Empty = !at.leaf
		found = append(found, c.named())
	}
	for _, next := range at.order {
		if next.occurred {
			found = f.collect(found, next, free)
		}
	}
	return found
}

// resolve gives a column with Doubts: the first list above it in its place, itself
// where there are objects, and both where there is now this, now that. root is its own
// key, or the last one in doubt.
func (f *finder) resolve(found []Column, root *foundKey, c Column) []Column {
	at, from, doubts := f.root, 0, c.Doubts
	c.Doubts = nil
	for _, doubt := range doubts {
		for _, key := range c.Path[from:doubt] {
			at = at.below[key]
		}
		from = doubt
		if at.leaf && !at.listed {
			at.listed = true
			found = append(found, Column{Path: at.path, List: true}.named())
		}
		switch {
		case at.object:
		case at.leaf:
			return found
		default:
			c.Free, c.Empty, c.Above = false, true, doubt
			return append(found, c.named())
		}
	}
	if c.Free {
		return f.collect(found, root, c)
	}
	return append(found, c)
}

func (c Column) named() Column {
	c.Name = c.header()
	return c
}
