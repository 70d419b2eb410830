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
		if p.value = referenceIn(o.value); p.value == "" && o.value != nil {
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

// link makes the links ready to be asked.
func (g *Graph) link(root *rootFacts) error {
	l := &g.links
	l.seed = maphash.MakeSeed()
	for _, p := range append(root.proxies, l.proxies...) {
		name := p.name
		if p.value != "" {
			l.aside[keyOf([]byte(p.value))] = true
			named, err := g.nameOf(p.value)
			if err != nil {
				return err
			}
			name = named
		}
		l.names = append(l.names, strings.Clone(name))
		for _, application := range p.objects {
			l.in = append(l.in, member{maphash.String(l.seed, application), int32(len(l.names) - 1), p.relation}) //nolint:gosec // a root's proxies
		}
	}
	l.proxies = nil
	slices.SortStableFunc(l.in, func(a, b member) int { return cmp.Compare(a.application, b.application) })
	slices.SortStableFunc(l.parents, func(a, b child) int { return bytes.Compare(a.key[:], b.key[:]) })
	return nil
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

// maxNames bounds the memory of names that are asked for again and again.
const maxNames = 10_000

// nameOf gives the name of an object that others refer to, or what it is known
// by; its own id where the graph hasn't got it.
func (g *Graph) nameOf(id string) (string, error) { return g.told(id, "name ", nameOfObject) }

// identityOf gives its application id.
func (g *Graph) identityOf(id string) (string, error) {
	return g.told(id, "id ", func(o *object) string { return o.identity() })
}

func nameOfObject(o *object) string {
	return cmp.Or(textOf(o.facts[factName]), o.identity())
}

func (g *Graph) told(id, what string, of func(*object) string) (string, error) {
	if told, known := g.names[what+id]; known {
		return told, nil
	}
	told := id
	if place, there := g.index.place(keyOf([]byte(id))); there {
		var buffer []byte
		o, err := g.object(place, &buffer)
		if err != nil {
			return "", err
		}
		told = cmp.Or(of(&o), id)
	}
	if len(g.names) >= maxNames {
		clear(g.names)
	}
	g.names[what+strings.Clone(id)] = told
	return told, nil
}
