package sample

import "slices"

// Table is one file of a bundle: its rows by number, made when they are asked
// for, so that a table of millions costs no memory.
type Table struct {
	Suffix  string // ".eav.objects.parquet"
	Columns []Column
	Rows    int
	Row     func(i int) []any // a cell a column: int32, float64, string, bool, or nil for none
}

// Column is one column of a table.
type Column struct {
	Name     string
	Kind     Kind
	Required bool // the file has no nulls in it, and says so
}

// Kind is the type of a column.
type Kind byte

// The kinds of columns that bundles have.
const (
	Int Kind = iota
	Double
	String
	Bool
)

// index is a column of numbers without nulls.
func index(name string) Column { return Column{Name: name, Kind: Int, Required: true} }

// valueColumns are those of every table of properties.
func valueColumns(before ...Column) []Column {
	return append(before,
		Column{Name: "value_string", Kind: String},
		Column{Name: "value_double", Kind: Double},
		Column{Name: "value_boolean", Kind: Bool},
		Column{Name: "unit", Kind: String},
		Column{Name: "internal_definition_name", Kind: String})
}

// cells are the value columns' cells of v, which is a string, float64 or bool.
func cells(v any, unit string, before ...any) []any {
	row := append(before, nil, nil, nil, nil, nil)
	at := len(before)
	switch v.(type) {
	case string:
		row[at] = v
	case float64:
		row[at+1] = v
	case bool:
		row[at+2] = v
	}
	if unit != "" {
		row[at+3] = unit
	}
	return row
}

// table is a Table of rows that are there.
func table(suffix string, columns []Column, rows [][]any) Table {
	return Table{Suffix: suffix, Columns: columns, Rows: len(rows), Row: func(i int) []any { return slices.Clone(rows[i]) }}
}

// all gives the rows of t.
func (t Table) all() [][]any {
	all := make([][]any, t.Rows)
	for i := range all {
		all[i] = t.Row(i)
	}
	return all
}

// column is the place of a column, -1 where there is none.
func (t Table) column(name string) int {
	return slices.IndexFunc(t.Columns, func(c Column) bool { return c.Name == name })
}
