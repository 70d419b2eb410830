package graph

import (
	"cmp"
	"strings"
)

// nameOf gives the name of an object that others refer to, or the id that its
// program knows it by. Its hash is no name: that is another in every version.
func (g *Graph) nameOf(id string) (string, error) { return g.told(id, "name ", (*object).name) }

// identityOf gives its application id.
func (g *Graph) identityOf(id string) (string, error) {
	told, err := g.told(id, "id ", func(o *object) string { return o.identity() })
	return cmp.Or(told, id), err
}

func (g *Graph) told(id, what string, of func(*object) string) (string, error) {
	if told, known := g.names[what+id]; known {
		return told, nil
	}
	told := ""
	if place, there := g.index.place(keyOf([]byte(id))); there {
		var buffer []byte
		o, err := g.object(place, &buffer)
		if err != nil {
			return "", err
		}
		told = of(&o)
	}
	if len(g.names) >= maxNames {
		clear(g.names)
	}
	g.names[what+strings.Clone(id)] = told
	return told, nil
}

// maxNames bounds the memory of names that are asked for again and again.
const maxNames = 10_000
