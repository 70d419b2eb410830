package preview

import (
	"slices"
	"strings"

	"speckle-runner/internal/said"
	"speckle-runner/internal/secret"
)

// Table is the first records of a file.
type Table struct {
	Columns []string
	Rows    [][]Cell
	More    bool // the file has more of them
}

const (
	// cellSize bounds a value, and columns a row, on a page.
	cellSize = 200
	columns  = 60
)

// taker takes the first n records into the table.
func (t *Table) taker(n int) func(columns []string, row []Cell) bool {
	return func(columns []string, row []Cell) bool {
		t.Columns = columns
		switch {
		case row == nil: // there may be none
		case len(t.Rows) == n:
			t.More = true
			return false
		default:
			t.Rows = append(t.Rows, slices.Clone(row))
		}
		return true
	}
}

// Shown is what a page can hold of a table.
func (t Table) Shown() Table { return t.filled().bounded() }

// filled gives every row all columns, as far as it shows less of one.
func (t Table) filled() Table {
	for i, row := range t.Rows {
		for len(row) < len(t.Columns) {
			row = append(row, Cell{})
		}
		t.Rows[i] = row
	}
	return t
}

// bounded cuts what a page can't hold.
func (t Table) bounded() Table {
	names := make([]string, min(len(t.Columns), columns))
	for i := range names {
		names[i] = said.Escape(secret.Mask(t.Columns[i]))
	}
	t.Columns = names
	for i, row := range t.Rows {
		if len(row) > len(t.Columns) {
			row = row[:len(t.Columns)]
		}
		for j, cell := range row {
			row[j].Text = Cut(cell.Text)
		}
		t.Rows[i] = row
	}
	return t
}

// Cut shortens a value to what a page shows of it. What looks like a token is
// taken out first: whoever put it into a record, a page doesn't spread it. What turns
// or hides text is written as JSON does: a value is to be seen as what it is.
func Cut(text string) string {
	text = said.Escape(secret.Mask(strings.ToValidUTF8(text, "\uFFFD")))
	if len(text) <= cellSize {
		return text
	}
	return strings.ToValidUTF8(text[:cellSize], "") + "…"
}
