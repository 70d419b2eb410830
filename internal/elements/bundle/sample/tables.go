package sample

import "slices"

// Tables gathers a bundle row by row.
type Tables struct {
	objects, cells, types, typeCells, ofType, nodes, relations [][]any
	paths                                                      []string
}

func (t *Tables) path(name string) int32 {
	at := slices.Index(t.paths, name)
	if at < 0 {
		at = len(t.paths)
		t.paths = append(t.paths, name)
	}
	return int32(at)
}

// Object is an object of a number and an application id.
func (t *Tables) Object(number int, id string) {
	t.objects = append(t.objects, []any{int32(number), id})
}

// Cell is a property of an object; the value is a string, float64 or bool.
func (t *Tables) Cell(object int, path string, value any, unit string) {
	t.cells = append(t.cells, cells(value, unit, int32(object), t.path(path)))
}

// Type is a type of a number and a key.
func (t *Tables) Type(number int, key string) { t.types = append(t.types, []any{int32(number), key}) }

// OfType is a property of a type.
func (t *Tables) OfType(number int, path string, value any, unit string) {
	t.typeCells = append(t.typeCells, cells(value, unit, int32(number), t.path(path)))
}

// IsOf says which type an object has.
func (t *Tables) IsOf(object, number int) {
	t.ofType = append(t.ofType, []any{int32(object), int32(number)})
}

// Node is a level of a number and a name, "" for none.
func (t *Tables) Node(number int, name string) {
	row := []any{int32(number), int32(5), name, nil, nil, nil}
	if name == "" {
		row[2] = nil
	}
	t.nodes = append(t.nodes, row)
}

// Relation is a relation by its usual number.
func (t *Tables) Relation(relation, source, target, order int) {
	t.relations = append(t.relations, []any{int32(relation), int32(source), int32(target), int32(order)})
}

// Bundle is what was gathered. The paths are numbered in this order, others behind.
func (t *Tables) Bundle(order []string) Bundle {
	paths := slices.Clone(order)
	for _, path := range t.paths {
		if !slices.Contains(paths, path) {
			paths = append(paths, path)
		}
	}
	renumber := func(rows [][]any) {
		for _, row := range rows {
			row[1] = int32(slices.Index(paths, t.paths[row[1].(int32)]))
		}
	}
	renumber(t.cells)
	renumber(t.typeCells)
	t.paths = paths
	rows := make([][]any, len(paths))
	for i, path := range paths {
		rows[i] = []any{int32(i), path}
	}
	return Bundle{Tables: append(vocabulary(),
		table(Objects, objectColumns(), t.objects), table(Paths, pathColumns(), rows), table(Cells, cellColumns(), t.cells),
		table(Types, typeColumns(), t.types), table(TypeCells, typeCellColumns(), t.typeCells),
		table(ObjectType, ofTypeColumns(), t.ofType), table(Nodes, nodeColumns(), t.nodes),
		table(Relations, relationColumns(), t.relations),
	)}
}
