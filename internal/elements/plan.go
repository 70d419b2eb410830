package elements

import "strings"

// leaf is where a path's value lies in nested records.
type leaf struct {
	column
	in           *branch // nil for the root, which is properties itself
	key, unitKey []byte  // "Area":
	rank         int     // in the order of a record's keys
}

// branch is an object in nested records.
type branch struct {
	in    *branch
	depth int
	key   []byte
	kids  kids
}

func (b *branch) level() int {
	if b == nil {
		return 0
	}
	return b.depth
}

// kids are what lies in an object, in the order of paths.
type kids struct {
	order  []any // *branch or *leaf
	byName map[string]any
}

func (k *kids) add(name string, kid any) {
	if k.byName == nil {
		k.byName = map[string]any{}
	}
	k.byName[name] = kid
	k.order = append(k.order, kid)
}

// plan says where the value of each path lies, the same for all records of a
// version: below properties by the segments of its path. Where a path is a value
// and others go on behind it, those become keys with their dots, beside it.
func plan(names []string) (map[string]*leaf, []*leaf) {
	values, there := make(map[string]bool, len(names)), make(map[string]bool, len(names))
	for _, name := range names {
		there[name] = true
		if !isField(name) {
			values[strings.TrimPrefix(name, below)] = true
		}
	}
	var root kids
	leaves := make(map[string]*leaf, len(names))
	for _, name := range names {
		if isField(name) {
			continue
		}
		at := strings.TrimPrefix(name, below)
		if at != name && there[at] && !isField(at) {
			leaves[name] = root.leaf(nil, name, name) // a root fact has its place
			continue
		}
		leaves[name] = root.place(at, values)
	}
	order := root.ranked(nil)
	return leaves, order
}

// isField says whether a root fact is a field of every record anyway.
func isField(path string) bool {
	return path == "name" || path == "category" || path == "family" || path == "type"
}

// place makes the leaf of a path below properties.
func (k *kids) place(path string, values map[string]bool) *leaf {
	var in *branch
	for at := 0; ; {
		dot := strings.IndexByte(path[at:], '.')
		if dot < 0 || values[path[:at+dot]] {
			return k.leaf(in, path[at:], path)
		}
		name := path[at : at+dot]
		next, ok := k.byName[name].(*branch)
		if !ok {
			next = &branch{in: in, depth: in.level() + 1, key: append(appendText(nil, name), ':')}
			k.add(name, next)
		}
		in, k, at = next, &next.kids, at+dot+1
	}
}

func (k *kids) leaf(in *branch, name, path string) *leaf {
	l := &leaf{column: column{name: below + path}, in: in, key: append(appendText(nil, name), ':')}
	k.add(name, l)
	return l
}

// ranked numbers the leaves in the order of a record's keys, and gives those a
// key for their unit beside which no property has it.
func (k *kids) ranked(order []*leaf) []*leaf {
	for _, kid := range k.order {
		switch kid := kid.(type) {
		case *branch:
			order = kid.kids.ranked(order)
		case *leaf:
			kid.rank = len(order)
			order = append(order, kid)
		}
	}
	for name, kid := range k.byName {
		if l, ok := kid.(*leaf); ok && k.byName[name+unitSuffix] == nil {
			l.unitKey = append(appendText(nil, name+unitSuffix), ':')
		}
	}
	return order
}
