package sample

// vocabulary are the tables that say what the numbers of relations and nodes mean.
func vocabulary() []Table {
	name := []Column{index("id"), {Name: "name", Kind: String}}
	return []Table{
		table(RelTypes, name, [][]any{
			{int32(3), "SUBELEMENT"}, {int32(7), "ON_LEVEL"}, {int32(10), "IN_COLLECTION"}, {int32(11), "IN_MODEL"},
			{int32(12), "IN_ROOM"}, {int32(14), "IN_SYSTEM"}, {int32(22), "HOSTED_ON"},
		}),
		table(NodeKinds, name, [][]any{{int32(5), "LEVEL"}, {int32(7), "CONTAINER"}, {int32(9), "SYSTEM"}}),
	}
}

func objectColumns() []Column {
	return []Column{index("object_index"), {Name: "application_id", Kind: String}}
}
func pathColumns() []Column   { return []Column{index("path_index"), {Name: "path", Kind: String}} }
func typeColumns() []Column   { return []Column{index("type_index"), {Name: "type_key", Kind: String}} }
func ofTypeColumns() []Column { return []Column{index("object_index"), index("type_index")} }
func cellColumns() []Column   { return valueColumns(index("object_index"), index("path_index")) }
func typeCellColumns() []Column {
	return valueColumns(index("type_index"), index("path_index"))
}

func nodeColumns() []Column {
	return []Column{
		index("id"), index("kind"), {Name: "name", Kind: String}, {Name: "def_ref", Kind: Int},
		{Name: "subtype", Kind: String}, {Name: "elevation", Kind: Double},
	}
}

func relationColumns() []Column {
	return []Column{index("rel"), index("src"), index("dst"), {Name: "ord", Kind: Int}}
}

// Small is the smallest bundle with all that matters: two doors and a wall, a
// property of a type, a level.
func Small() Bundle {
	door, doors, walls := int32(0), "Doors", "Walls"
	return Bundle{Tables: append(vocabulary(),
		table(Objects, objectColumns(), [][]any{{door, "d-1"}, {int32(1), "d-2"}, {int32(2), "w-1"}}),
		table(Paths, pathColumns(), [][]any{
			{int32(0), "category"}, {int32(1), "name"}, {int32(2), "properties.Dimensions.Area"}, {int32(3), "properties.Fire Rating"},
		}),
		table(Cells, cellColumns(), [][]any{
			cells(doors, "", door, int32(0)), cells("Door 01", "", door, int32(1)), cells(1.89, "m²", door, int32(2)),
			cells(doors, "", int32(1), int32(0)), cells(2.1, "m²", int32(1), int32(2)),
			cells(walls, "", int32(2), int32(0)),
		}),
		table(Types, typeColumns(), [][]any{{int32(0), "Single-Flush"}}),
		table(TypeCells, typeCellColumns(), [][]any{cells("EI30", "", int32(0), int32(3))}),
		table(ObjectType, ofTypeColumns(), [][]any{{door, int32(0)}}),
		table(Nodes, nodeColumns(), [][]any{{int32(0), int32(5), "L1", nil, nil, 0.0}}),
		table(Relations, relationColumns(), [][]any{{int32(7), door, int32(0), nil}}),
		table(Geometries, []Column{index("id")}, [][]any{{int32(0)}}),
	)}
}
