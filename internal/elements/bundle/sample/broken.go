package sample

import (
	"fmt"
	"os"
)

// Faults are all kinds of broken bundles.
func Faults() []Fault {
	var all []Fault
	for _, suffix := range []string{Objects, Paths, Cells, Nodes, Relations} {
		all = append(all, Fault{Name: "without " + suffix, Suffix: suffix, table: func(b Bundle) Bundle { return b.Without(suffix) }})
	}
	// Optional, unless types have properties.
	all = append(all, Fault{
		Name: "properties of types that no element is of", Suffix: ObjectType, table: func(b Bundle) Bundle { return b.Without(ObjectType) },
	})
	all = append(append(all, fileFaults()...), footerFaults()...)
	return append(all, tableFaults()...)
}

func fileFaults() []Fault {
	return []Fault{
		{Name: "cut short", Suffix: Cells, file: func(path string) error { return resized(path, -10) }},
		{Name: "empty file", Suffix: Paths, file: func(path string) error { return os.Truncate(path, 0) }},
		{Name: "no magic in front", Suffix: Objects, file: func(path string) error { return patched(path, 0, "PARx") }},
		{Name: "no magic at the end", Suffix: Objects, file: func(path string) error { return patched(path, -4, "PARx") }},
		{Name: "footer longer than the file", Suffix: Nodes, file: func(path string) error { return patched(path, -8, "\xff\xff\xff\x7f") }},
		{Name: "first page overwritten", Suffix: Cells, file: func(path string) error {
			return patched(path, 4, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff")
		}},
	}
}

func tableFaults() []Fault {
	add := func(name, suffix string, rows ...[]any) Fault {
		return Fault{Name: name, Suffix: suffix, table: func(b Bundle) Bundle {
			t := b.Table(suffix)
			return b.With(table(suffix, t.Columns, append(t.all(), rows...)))
		}}
	}
	set := func(name, suffix string, row, column int, cell any) Fault {
		return Fault{Name: name, Suffix: suffix, table: func(b Bundle) Bundle {
			t := b.Table(suffix)
			rows := t.all()
			rows[row][column] = cell
			return b.With(table(suffix, t.Columns, rows))
		}}
	}
	return []Fault{
		set("an object number twice", Objects, 1, 0, int32(0)),
		set("an object number beyond the last", Objects, 2, 0, int32(3)),
		set("an object number below zero", Objects, 0, 0, int32(-1)),
		add("a path number twice", Paths, []any{int32(0), "other"}),
		add("a property twice by two numbers of its path", Cells, cells("Door", "", int32(0), int32(9))).
			with(Paths, []any{int32(9), "name"}),
		set("a property of no object", Cells, 5, 0, int32(7)),
		set("a property of no path", Cells, 5, 1, int32(7)),
		add("a property of an object twice", Cells, cells("Walls", "", int32(2), int32(0))),
		add("a property without a value", Cells, cells(nil, "", int32(2), int32(1))),
		set("a property of two values", Cells, 0, 3, 1.5),
		set("a type's property of no type", TypeCells, 0, 0, int32(7)),
		set("a type's property of no path", TypeCells, 0, 1, int32(7)),
		set("a type's property without a value", TypeCells, 0, 2, nil),
		add("a type's property twice", TypeCells, cells("EI60", "", int32(0), int32(3))),
		add("a type number twice", Types, []any{int32(0), "other"}),
		add("an object of two types", ObjectType, []any{int32(0), int32(0)}),
		set("an object of no type that there is", ObjectType, 0, 1, int32(7)),
		set("a type of no object that there is", ObjectType, 0, 0, int32(7)),
		set("a relation of no object", Relations, 0, 1, int32(7)),
		set("a relation to no node", Relations, 0, 2, int32(7)),
		set("a relation to no object", Relations, 0, 0, int32(22)).then(Relations, 0, 2, int32(9)),
		add("a relation's number twice", RelTypes, []any{int32(7), "IN_ZONE"}),
		add("a node twice", Nodes, []any{int32(0), int32(5), "L2", nil, nil, nil}),
		renamed("a column that is missing", Cells, "path_index"),
	}
}

func renamed(name, suffix, column string) Fault {
	return Fault{Name: name, Suffix: suffix, table: func(b Bundle) Bundle {
		t := b.Table(suffix)
		columns := append([]Column(nil), t.Columns...)
		columns[t.column(column)].Name = "renamed"
		return b.With(table(suffix, columns, t.all()))
	}}
}

// resized cuts bytes off the end.
func resized(path string, by int64) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	return os.Truncate(path, info.Size()+by)
}

// patched overwrites what lies at an offset; one below zero counts from the end.
func patched(path string, at int64, with string) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if at < 0 {
		at += int64(len(data))
	}
	if at < 0 || at+int64(len(with)) > int64(len(data)) {
		return fmt.Errorf("patch %s: it has %d bytes", path, len(data))
	}
	copy(data[at:], with)
	return os.WriteFile(path, data, 0o600)
}
