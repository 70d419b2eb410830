package columns_test

import (
	"fmt"
	"testing"

	"speckle-runner/internal/elements/bundle/columns"
	"speckle-runner/internal/elements/bundle/sample"
)

func TestEveryCellIsReadAsItWasWritten(t *testing.T) {
	t.Parallel()
	table := sample.Large(20_000).Table(sample.Cells)
	for _, layout := range []sample.Layout{{}, {GroupRows: 777}, {Version: 2}, {Plain: true, GroupRows: 9000}, {Plain: true, Version: 2}} {
		t.Run(fmt.Sprintf("%+v", layout), func(t *testing.T) {
			t.Parallel()
			files, err := (sample.Bundle{Tables: []sample.Table{table}}).Write(t.TempDir(), "v", layout)
			if err != nil {
				t.Fatal(err)
			}
			compare(t, open(t, files[sample.Cells]), table, func(int) bool { return true })
			compare(t, open(t, files[sample.Cells]), table, func(batch int) bool { return batch%3 == 2 })
		})
	}
}

func open(t *testing.T, path string) *columns.File {
	t.Helper()
	f, err := columns.Open(path, "object_index", "path_index", "value_string", "value_double", "value_boolean", "unit", "nothing")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// compare reads the batches that some takes and holds each cell against the table's.
func compare(t *testing.T, f *columns.File, table sample.Table, some func(batch int) bool) {
	t.Helper()
	s := f.Scan(nil)
	objects, texts, numbers, bools := s.Ints("object_index"), s.Texts("value_string"), s.Numbers("value_double"), s.Bools("value_boolean")
	units, nothing := s.Texts("unit"), s.Texts("nothing")
	row := 0
	for batch := 0; s.Next(t.Context()); batch++ {
		first := row
		row += s.Rows()
		if !some(batch) {
			continue
		}
		var got [6][]any
		got[0], got[1], got[2] = cells(t, objects), cells(t, texts), cells(t, numbers)
		got[3], got[4], got[5] = cells(t, bools), cells(t, units), cells(t, nothing)
		for i := range s.Rows() {
			want := table.Row(first + i)
			want = []any{want[0], want[2], want[3], want[4], want[5], nil}
			for c := range want {
				if got[c][i] != want[c] {
					t.Fatalf("row %d, column %d: %v, not %v", first+i, c, got[c][i], want[c])
				}
			}
		}
	}
	if err := s.Err(); err != nil {
		t.Fatal(err)
	}
	if row != table.Rows {
		t.Fatalf("%d rows, not %d", row, table.Rows)
	}
}

func cells[T columns.Value](t *testing.T, c *columns.Column[T]) []any {
	t.Helper()
	values, present, err := c.Get()
	if err != nil {
		t.Fatal(err)
	}
	out := make([]any, len(values))
	for i, v := range values {
		if present[i] {
			out[i] = v
		}
	}
	return out
}
