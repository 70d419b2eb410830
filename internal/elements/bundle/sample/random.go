package sample

import (
	"fmt"
	"math/rand/v2"
)

// Random is a bundle of chance: types with and without properties, paths that
// are values and go on, rooms and hosts, root facts of types.
func Random(seed uint64) Bundle {
	c := chance{Rand: rand.New(rand.NewPCG(seed, 7))}
	paths := []string{
		"name", "category", "type", "units", "properties.units", "properties.Load", "properties.Load.Max", "properties.Load.Max.At",
		"properties.A.B.C", "properties.A.B.D", "properties.A.E", "properties.Names with. dots", "properties.Ünïcode/\"x\"",
	}
	objects, types := 1+c.IntN(60), 1+c.IntN(6)
	for k := range types {
		c.Type(k, fmt.Sprintf("type %d", k))
		for _, path := range paths {
			if c.IntN(3) == 0 && path != "type" {
				v, unit := c.value()
				c.OfType(k, path, v, unit)
			}
		}
	}
	for i := range objects {
		c.Object(i, fmt.Sprintf("o-%d", i%50))
		c.cells(i, paths)
		if c.IntN(4) > 0 {
			c.IsOf(i, c.IntN(types))
		}
		for _, relation := range []int{3, 7, 12, 14, 22, 7, 12} {
			if c.IntN(3) == 0 {
				c.Relation(relation, i, c.IntN(min(objects, 5)), c.IntN(3))
			}
		}
	}
	for n, name := range []string{"L1", "L2", "", "Level; 4", "S"} {
		c.Node(n, name)
	}
	return c.Bundle(paths)
}

// RandomBuilding is one that an object graph can tell as well: it has at most
// one level, room, host and parent an object, no path that is a value and goes
// on, and types have parameters alone.
func RandomBuilding(seed uint64) Bundle {
	c := chance{Rand: rand.New(rand.NewPCG(seed, 11))}
	paths := []string{
		"properties.Load.Max", "properties.Load.Min", "properties.A.B.C", "properties.A.B.D", "properties.A.E", "properties.Mark",
		"properties.Names with. dots", "properties.Ünïcode/\"x\"",
	}
	objects, types := 1+c.IntN(60), 1+c.IntN(6)
	for k := range types {
		c.Type(k, fmt.Sprintf("type %d", k))
		for _, path := range paths {
			if c.IntN(3) == 0 {
				v, unit := c.value()
				c.OfType(k, path, v, unit)
			}
		}
	}
	for i := range objects {
		c.Object(i, fmt.Sprintf("o-%d", i))
		c.Cell(i, "speckle_type", "Objects.Data.DataObject", "")
		c.Cell(i, "category", []string{"Doors", "Walls", "Rooms"}[c.IntN(3)], "")
		c.Cell(i, "units", []string{"mm", "m"}[c.IntN(2)], "")
		if c.IntN(2) == 0 {
			c.Cell(i, "name", fmt.Sprintf("Name %d", c.IntN(9)), "")
		}
		c.cells(i, paths)
		if c.IntN(4) > 0 {
			c.IsOf(i, c.IntN(types))
		}
		for _, relation := range []int{7, 12, 22} {
			if c.IntN(3) > 0 {
				c.Relation(relation, i, c.IntN(min(objects, 3)), 0)
			}
		}
		if i > 0 && c.IntN(3) == 0 {
			c.Relation(3, i, c.IntN(i), 0) // a part of one before it
		}
	}
	for n, name := range []string{"L1", "Ebene 2; Süd", "L3"} {
		c.Node(n, name)
	}
	return c.Bundle(append(paths, "speckle_type", "category", "units", "name"))
}

type chance struct {
	*rand.Rand
	Tables
}

func (c *chance) cells(object int, paths []string) {
	for _, path := range paths {
		if c.IntN(2) == 0 {
			v, unit := c.value()
			c.Cell(object, path, v, unit)
		}
	}
}

// value is a text, a number with or without a unit, or a boolean.
func (c *chance) value() (any, string) {
	switch c.IntN(3) {
	case 0:
		return fmt.Sprintf("text %d\n", c.IntN(9)), ""
	case 1:
		return float64(c.IntN(1000)) / 8, []string{"m", "m²", ""}[c.IntN(3)]
	default:
		return c.IntN(2) == 0, ""
	}
}
