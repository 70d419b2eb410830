package sample

import (
	"math/rand/v2"
	"slices"
)

// The suffixes of a bundle's files.
const (
	Objects    = ".eav.objects.parquet"
	Paths      = ".eav.paths.parquet"
	Cells      = ".eav.eav.parquet"
	Types      = ".eav.types.parquet"
	TypeCells  = ".eav.type_eav.parquet"
	ObjectType = ".eav.object_type.parquet"
	Model      = ".eav.model.parquet"
	Nodes      = ".envelope.nodes.parquet"
	Relations  = ".envelope.relations.parquet"
	RelTypes   = ".envelope.rel_types.parquet"
	NodeKinds  = ".envelope.node_kinds.parquet"
	Geometries = ".geometries.parquet" // never fetched
)

// Bundle is a version's files.
type Bundle struct {
	Tables []Table
}

// Table is the table of that suffix; a bundle without it gives an empty one.
func (b Bundle) Table(suffix string) Table {
	for _, t := range b.Tables {
		if t.Suffix == suffix {
			return t
		}
	}
	return Table{Suffix: suffix}
}

// With is b with t in place of its table of that suffix.
func (b Bundle) With(t Table) Bundle {
	b = b.Without(t.Suffix)
	b.Tables = append(b.Tables, t)
	return b
}

// Without is b without the tables of these suffixes.
func (b Bundle) Without(suffixes ...string) Bundle {
	return Bundle{Tables: slices.DeleteFunc(slices.Clone(b.Tables), func(t Table) bool {
		return slices.Contains(suffixes, t.Suffix)
	})}
}

// Shuffled is b with the rows of every table in another order.
func (b Bundle) Shuffled(seed uint64) Bundle {
	var out Bundle
	for i, t := range b.Tables {
		order := rand.New(rand.NewPCG(seed, uint64(i))).Perm(t.Rows)
		row := t.Row
		t.Row = func(i int) []any { return row(order[i]) }
		out.Tables = append(out.Tables, t)
	}
	return out
}

// Resolved is b with the properties of types as the objects' own and without the
// tables of types; the root fact type, which the type's key stood for, too.
func (b Bundle) Resolved() Bundle {
	eav, paths := b.Table(Cells), b.Table(Paths)
	has := map[[2]int32]bool{}
	rows := eav.all()
	for _, r := range rows {
		has[[2]int32{r[0].(int32), r[1].(int32)}] = true
	}
	dictionary := paths.all()
	typePath := numberOf(&dictionary, "type")
	of := map[int32][][]any{}
	for _, r := range b.Table(TypeCells).all() {
		of[r[0].(int32)] = append(of[r[0].(int32)], r)
	}
	keys := map[int32]string{}
	for _, r := range b.Table(Types).all() {
		keys[r[0].(int32)], _ = r[1].(string)
	}
	for _, r := range b.Table(ObjectType).all() {
		object, kind := r[0].(int32), r[1].(int32)
		for _, cell := range of[kind] {
			if path := cell[1].(int32); !has[[2]int32{object, path}] {
				has[[2]int32{object, path}] = true
				rows = append(rows, append([]any{object, path}, cell[2:]...))
			}
		}
		if key := keys[kind]; key != "" && !has[[2]int32{object, typePath}] {
			rows = append(rows, cells(key, "", object, typePath))
		}
	}
	return b.Without(Types, TypeCells, ObjectType).
		With(table(Cells, eav.Columns, rows)).With(table(Paths, paths.Columns, dictionary))
}

// numberOf is the number of a path in the dictionary, which it joins.
func numberOf(dictionary *[][]any, path string) int32 {
	next := int32(0)
	for _, r := range *dictionary {
		if r[1] == path {
			return r[0].(int32)
		}
		next = max(next, r[0].(int32)+1)
	}
	*dictionary = append(*dictionary, []any{next, path})
	return next
}
