package graph

import (
	"cmp"
	"strings"
)

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

// maxNames bounds the memory of names that are asked for again and again.
const maxNames = 10_000
