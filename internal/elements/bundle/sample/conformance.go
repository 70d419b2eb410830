package sample

import "fmt"

// conformance counts what Speckle's own conformance bundle has.
const (
	conformanceObjects = 200
	conformanceOwn     = 25 // the properties P1 … P25
)

// Conformance is Speckle's own conformance bundle, made again from its formulas.
func Conformance() Bundle {
	paths := [][]any{}
	path := func(name string) int32 { return numberOf(&paths, name) }
	objects, eav, ofType, relations := [][]any{}, [][]any{}, [][]any{}, [][]any{}
	for n := range conformanceObjects {
		i, id := int32(n), fmt.Sprintf("obj-%04d", n)
		objects = append(objects, []any{i, id})
		add := func(name string, v any, unit string) { eav = append(eav, cells(v, unit, i, path(name))) }
		add("category", []string{"Walls", "Doors", "Windows", "Floors"}[n%4], "")
		add("name", id, "")
		add("properties.Dimensions.Area", 1.5*float64(n), "m2")
		add("properties.Dimensions.Length", 0.25*float64(n), "m")
		add("properties.IsExternal", n%2 == 0, "")
		for k := 1; k <= conformanceOwn; k++ {
			add(fmt.Sprintf("properties.Parameters.P%d", k), float64(100*n+k), "")
		}
		if n < conformanceObjects-1 {
			ofType = append(ofType, []any{i, i % 4})
		}
		relations = append(relations, []any{int32(7), i, i % 3, nil})
	}
	types, typeCells, nodes := [][]any{}, [][]any{}, [][]any{}
	for t := range int32(5) {
		types = append(types, []any{t, fmt.Sprintf("type-%d", t)})
		typeCells = append(typeCells,
			cells(fmt.Sprintf("Type %d", t), "", t, path("properties.Type Name")),
			cells(fmt.Sprintf("FR%d", 30*t), "", t, path("properties.Fire Rating")),
			cells(100*float64(t+1), "mm", t, path("properties.Thickness")))
	}
	for n := range int32(3) {
		nodes = append(nodes, []any{n, int32(5), fmt.Sprintf("Level %d", n), nil, nil, 3.5 * float64(n)})
	}
	return Bundle{Tables: append(vocabulary(),
		table(Objects, objectColumns(), objects), table(Paths, pathColumns(), paths), table(Cells, cellColumns(), eav),
		table(Types, typeColumns(), types), table(TypeCells, typeCellColumns(), typeCells), table(ObjectType, ofTypeColumns(), ofType),
		table(Nodes, nodeColumns(), nodes), table(Relations, relationColumns(), relations),
	)}
}
