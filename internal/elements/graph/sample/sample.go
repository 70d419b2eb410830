// Package sample makes object graphs to test with: the same buildings as the
// sample bundles have, so that both can be held against each other.
//
// The tests and the fake server take their graphs from here. It never reads a
// graph, and no run of a job uses it.
package sample

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"

	"speckle-runner/internal/elements/bundle/sample"
)

// Graph is a version's objects.
type Graph struct {
	Root    Object   // with its __closure
	Objects []Object // all but the root, in the closure's order
}

// Object is one object with its JSON.
type Object struct {
	ID   string
	JSON []byte
}

// The numbers of relations that graphs can tell.
const (
	subelement = 3
	onLevel    = 7
	inRoom     = 12
	hostedOn   = 22
)

// Of makes the graph of a bundle's building. Its elements come in the order of
// the bundle's object numbers.
func Of(name string, b sample.Bundle) Graph {
	m := maker{name: name, paths: map[int32]string{}, facts: map[int32]members{}, kinds: map[int32]members{}}
	for row := range rows(b.Table(sample.Paths)) {
		m.paths[row[0].(int32)] = row[1].(string)
	}
	for row := range rows(b.Table(sample.Objects)) {
		number := row[0].(int32)
		m.facts[number] = members{"id": m.id("object", number), "applicationId": row[1], "speckle_type": "Objects.Data.DataObject"}
		m.order = append(m.order, number)
	}
	for row := range rows(b.Table(sample.Cells)) {
		m.cell(m.facts[row[0].(int32)], row)
	}
	m.types(b)
	m.relations(b)
	return m.graph()
}

// rows gives the rows of a table.
func rows(t sample.Table) func(func([]any) bool) {
	return func(yield func([]any) bool) {
		for i := range t.Rows {
			if !yield(t.Row(i)) {
				return
			}
		}
	}
}

// members are those of one JSON object.
type members map[string]any

type maker struct {
	name   string
	paths  map[int32]string
	facts  map[int32]members // of objects, by number
	kinds  map[int32]members // of types, by number
	order  []int32
	aside  []members // objects that are no elements
	levels []members
}

// id makes up an object's hash.
func (m *maker) id(kind string, number int32) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s: %s %d", m.name, kind, number))
	return hex.EncodeToString(sum[:16])
}

func reference(id any) members { return members{"speckle_type": "reference", "referencedId": id} }

// cell puts one property into an object: a root fact as it is, others nested.
func (m *maker) cell(into members, row []any) {
	path := m.paths[row[1].(int32)]
	value := row[2]
	for _, v := range row[3:5] {
		if v != nil {
			value = v
		}
	}
	keys := strings.Split(path, ".")
	for _, key := range keys[:len(keys)-1] {
		below, is := into[key].(members)
		if !is {
			below = members{}
			into[key] = below
		}
		into = below
	}
	last := keys[len(keys)-1]
	into[last] = value
	if row[5] != nil {
		into[last] = members{"name": last, "value": value, "units": row[5]}
	}
}

// types are objects that others refer to, each with a type's properties.
func (m *maker) types(b sample.Bundle) {
	for row := range rows(b.Table(sample.Types)) {
		number := row[0].(int32)
		m.kinds[number] = members{"id": m.id("type", number), "speckle_type": "Objects.Data.TypeObject", "name": row[1]}
	}
	for row := range rows(b.Table(sample.TypeCells)) {
		m.cell(m.kinds[row[0].(int32)], row)
	}
	used := map[int32]bool{} // a type that no object has is in no graph
	for row := range rows(b.Table(sample.ObjectType)) {
		object, number := m.facts[row[0].(int32)], row[1].(int32)
		if object["type"] == nil {
			object["type"] = reference(m.kinds[number]["id"])
		}
		if !used[number] {
			used[number] = true
			m.aside = append(m.aside, m.kinds[number])
		}
	}
}

// relations become fields of objects, and the root's level proxies.
func (m *maker) relations(b sample.Bundle) {
	levels := map[int32]members{}
	for row := range rows(b.Table(sample.Nodes)) {
		level := members{"id": m.id("level", row[0].(int32)), "speckle_type": "Objects.Data.DataObject", "name": row[2],
			"properties": members{"elevation": row[5]}}
		proxy := members{"speckle_type": "Objects.Other.LevelProxy", "objects": []any{}, "value": reference(level["id"])}
		levels[row[0].(int32)] = proxy
		m.aside, m.levels = append(m.aside, level), append(m.levels, proxy)
	}
	for row := range rows(b.Table(sample.Relations)) {
		from, to := row[1].(int32), row[2].(int32)
		object := m.facts[from]
		switch row[0].(int32) {
		case onLevel:
			levels[to]["objects"] = append(levels[to]["objects"].([]any), object["applicationId"])
		case inRoom:
			object["room"] = reference(m.facts[to]["id"])
		case hostedOn:
			object["host"] = reference(m.facts[to]["id"])
		case subelement:
			whole := m.facts[to] // the source is the part
			below, _ := whole["elements"].([]any)
			whole["elements"] = append(below, reference(object["id"]))
		}
	}
}

func (m *maker) graph() Graph {
	const collection = "Speckle.Core.Models.Collections.Collection"
	folder := members{"id": m.id("folder", 0), "speckle_type": collection, "name": "Elements", "collectionType": "folder"}
	mesh := members{"id": m.id("mesh", 0), "speckle_type": "Objects.Geometry.Mesh", "units": "m", "vertices": []any{0, 0, 0}}
	var g Graph
	var closure strings.Builder
	for _, one := range append([]members{folder, mesh}, m.aside...) {
		g.add(one, &closure)
	}
	for _, number := range m.order {
		g.add(m.facts[number], &closure)
	}
	root := members{
		"id": m.id("root", 0), "speckle_type": collection + ":Speckle.Core.Models.Collections.RootCollection", "name": m.name,
		"elements": []any{reference(folder["id"])}, "levelProxies": m.levels, "totalChildrenCount": len(g.Objects),
	}
	text := encode(root)
	// The closure's order is the elements': encoding/json would sort it.
	text = append(text[:len(text)-1], `,"__closure":{`+strings.TrimSuffix(closure.String(), ",")+"}}"...)
	g.Root = Object{ID: m.id("root", 0), JSON: text}
	return g
}

func (g *Graph) add(one members, closure *strings.Builder) {
	id := one["id"].(string)
	fmt.Fprintf(closure, "%q:%d,", id, 2)
	g.Objects = append(g.Objects, Object{ID: id, JSON: encode(one)})
}

func encode(one members) []byte {
	text, err := json.Marshal(one)
	if err != nil {
		panic("sample: " + err.Error()) // what is made here always encodes
	}
	return text
}
