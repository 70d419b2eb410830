package main

import (
	"fmt"
	"slices"

	"speckle-runner/internal/elements/bundle/sample"
)

// building is the small bundle with some elements more, each of which is added to what
// was there.
func building(more int) sample.Bundle {
	small := sample.Small()
	objects, cells := small.Table(sample.Objects), small.Table(sample.Cells)
	first := objects.Rows
	return small.With(extended(objects, more, func(i int) []any {
		return []any{int32(i), extra(i - first)}
	})).With(extended(cells, more, func(i int) []any {
		category := slices.Clone(cells.Row(0))
		category[0] = int32(first + i - cells.Rows)
		return category
	}))
}

// extra is the id of an element that was added.
func extra(n int) string { return fmt.Sprintf("extra-%d", n+1) }

// extended puts rows behind those of a table.
func extended(t sample.Table, more int, row func(i int) []any) sample.Table {
	own, rows := t.Rows, t.Row
	t.Rows += more
	t.Row = func(i int) []any {
		if i < own {
			return rows(i)
		}
		return row(i)
	}
	return t
}
