package graph

import (
	"bytes"
	"cmp"
	"hash/maphash"
	"slices"
	"strings"
)

// links are what objects say of one another, by numbers: a building has
// hundreds of thousands.
type links struct {
	seed    maphash.Seed
	in      []member // by application id
	names   []string
	parents []child      // by the child's key
	aside   map[key]bool // objects that are a level, a room or a type: no elements
	proxies []proxy      // that are objects of their own
}

// member says that an application id belongs to a level, a room or a system.
type member struct {
	application uint64
	name        int32
	relation    relation
}

// child says whose part an object is.
type child struct {
	key    key
	parent int32 // place
}

// note takes from an object what it says of others.
func (l *links) note(place int32, o *object, root *rootFacts) {
	if is := root.refs[root.index.keys[place]]; is != 0 {
		p := proxy{relation: is, name: textOf(o.facts[factName])}
		p.value = referenceIn(o.value)
		if p.value == "" && o.value != nil {
			p.name = nameIn(o.value)
		}
		_ = list(o.objects, func(one []byte) error { // it was whole with the object
			p.objects = append(p.objects, textOf(one))
			return nil
		})
		l.proxies = append(l.proxies, p)
		return
	}
	if !o.isElement() {
		return
	}
	for _, field := range [][]byte{o.facts[factType], o.level} {
		if id := referenceIn(field); id != "" {
			l.aside[keyOf([]byte(id))] = true
		}
	}
	_ = list(o.elements, func(one []byte) error { // as above
		if id := referenceIn(one); id != "" {
			l.parents = append(l.parents, child{keyOf([]byte(id)), place})
		}
		return nil
	})
}

// of gives the names that an application id belongs to, joined.
func (l *links) of(application string, is relation) string {
	hash := maphash.String(l.seed, application)
	at, _ := slices.BinarySearchFunc(l.in, hash, func(m member, hash uint64) int { return cmp.Compare(m.application, hash) })
	var names []string
	for ; at < len(l.in) && l.in[at].application == hash; at++ {
		if name := l.names[l.in[at].name]; l.in[at].relation == is && name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return strings.Join(names, "; ")
}

// parent gives the place of what an object is a part of.
func (l *links) parent(k key) (int32, bool) {
	at, found := slices.BinarySearchFunc(l.parents, k, func(c child, k key) int { return bytes.Compare(c.key[:], k[:]) })
	if !found {
		return 0, false
	}
	return l.parents[at].parent, true
}
