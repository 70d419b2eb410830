package sample

import "fmt"

// What a large bundle has an object, and how many kinds of each thing.
const (
	largeOwn    = 50  // properties of an object
	largePaths  = 200 // of which an object has every fourth
	largeLevels = 20
	largeTypes  = 500
	largeOfType = 15 // properties of a type
	largeRooms  = 100
)

// Large is a building of so many property rows, by formula: a door, a wall, a
// window, a floor and a room in turn, with levels, rooms, hosts and types.
func Large(rows int) Bundle {
	objects := (rows + largeOwn - 1) / largeOwn
	return Bundle{Tables: append(vocabulary(),
		Table{Suffix: Objects, Columns: objectColumns(), Rows: objects, Row: func(i int) []any {
			return []any{int32(i), fmt.Sprintf("%08x-0000-4000-8000-%012x", i, i)}
		}},
		Table{Suffix: Paths, Columns: pathColumns(), Rows: 2 + largePaths + largeOfType, Row: largePath},
		Table{Suffix: Cells, Columns: cellColumns(), Rows: rows, Row: largeCell},
		Table{Suffix: Types, Columns: typeColumns(), Rows: largeTypes, Row: func(i int) []any {
			return []any{int32(i), fmt.Sprintf("Type %03d", i)}
		}},
		Table{Suffix: TypeCells, Columns: typeCellColumns(), Rows: largeTypes * largeOfType, Row: func(i int) []any {
			kind, k := i/largeOfType, i%largeOfType
			return cells(fmt.Sprintf("T%d of %d", k, kind%7), "", int32(kind), int32(2+largePaths+k))
		}},
		Table{Suffix: ObjectType, Columns: ofTypeColumns(), Rows: objects, Row: func(i int) []any {
			return []any{int32(i), int32(i % largeTypes)}
		}},
		Table{Suffix: Nodes, Columns: nodeColumns(), Rows: largeLevels, Row: func(i int) []any {
			return []any{int32(i), int32(5), fmt.Sprintf("Level %02d", i), nil, nil, 3.5 * float64(i)}
		}},
		Table{Suffix: Relations, Columns: relationColumns(), Rows: 3 * objects, Row: func(i int) []any {
			return largeRelation(objects, i)
		}},
	)}
}

func largePath(i int) []any {
	switch {
	case i == 0:
		return []any{int32(i), "category"}
	case i == 1:
		return []any{int32(i), "name"}
	case i < 2+largePaths:
		return []any{int32(i), fmt.Sprintf("properties.Group %02d.Parameter %03d", (i-2)/10, i-2)}
	default:
		return []any{int32(i), fmt.Sprintf("properties.Type Parameters.T%02d", i-2-largePaths)}
	}
}

func largeCell(i int) []any {
	object, k := int32(i/largeOwn), i%largeOwn
	switch k {
	case 0:
		return cells([]string{"Doors", "Walls", "Windows", "Floors", "Rooms"}[object%5], "", object, int32(0))
	case 1:
		return cells(fmt.Sprintf("Element %d", object), "", object, int32(1))
	}
	path := int32(2 + 4*(k-2) + int(object)%4)
	switch k % 5 {
	case 0, 1:
		return cells(float64(object)*0.25+float64(k), "m²", object, path)
	case 2:
		return cells(object%2 == 0, "", object, path)
	default:
		return cells(fmt.Sprintf("Value %d of %d", k, object%1000), "", object, path)
	}
}

// largeRelation gives each object a level, a room and a host.
func largeRelation(objects, i int) []any {
	object := i / 3
	switch i % 3 {
	case 0:
		return []any{int32(7), int32(object), int32(object % largeLevels), nil}
	case 1:
		return []any{int32(12), int32(object), int32(object % min(largeRooms, objects)), nil}
	default:
		return []any{int32(22), int32(object), int32((object + 1) % objects), nil}
	}
}
