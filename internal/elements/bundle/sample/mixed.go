package sample

import "slices"

// Mixed is the small building as nobody wants it: two paths end in Area, and a
// wall's area is in feet.
func Mixed() Bundle {
	b := Small()
	b.add(Paths, []any{int32(4), "properties.Frame.Area"})
	b.add(Cells,
		cells(0.3, "m²", int32(1), int32(4)),
		cells(12.5, "ft²", int32(2), int32(2)))
	return b
}

// add puts rows behind those of a table.
func (b *Bundle) add(suffix string, rows ...[]any) {
	at := slices.IndexFunc(b.Tables, func(t Table) bool { return t.Suffix == suffix })
	b.Tables[at] = table(suffix, b.Tables[at].Columns, append(b.Tables[at].all(), rows...))
}
