package preview

import (
	"bufio"
	"compress/gzip"
	"errors"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/klauspost/compress/zstd"

	"speckle-runner/internal/secret"
)

// Table is the first records of a file.
type Table struct {
	Columns []string
	Rows    [][]string
	More    bool // the file has more of them
}

// File is what is read.
type File interface {
	io.Reader
	io.ReaderAt
}

const (
	// most is how much is unpacked of a file: what doesn't show its first
	// records within is shown as far as it goes.
	most = 8 << 20
	// cellSize bounds a value, and columns a row, on a page.
	cellSize = 200
	columns  = 60
)

// ErrUnknown says that a file is of no kind that can be shown.
var ErrUnknown = errors.New("a preview shows csv, ndjson, json, parquet and xlsx only")

// First reads the first n records of a file of a name and a size.
func First(f File, name string, fileSize int64, n int) (Table, error) {
	var t Table
	err := Each(f, name, fileSize, Bounds{Bytes: most, Columns: columns}, t.taker(n))
	if err != nil && len(t.Rows) == 0 {
		return Table{}, err
	}
	if err != nil { // what could be read is shown
		t.More = true
	}
	return t.Shown(), nil
}

// taker takes the first n records into the table.
func (t *Table) taker(n int) func(columns, row []string) bool {
	return func(columns, row []string) bool {
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
			row = append(row, "")
		}
		t.Rows[i] = row
	}
	return t
}

// unpacked reads through gzip and zstd.
func unpacked(f io.Reader, name string) (io.Reader, string, error) {
	name = strings.ToLower(name)
	switch ext := path.Ext(name); ext {
	case ".gz":
		in, err := gzip.NewReader(bufio.NewReader(f))
		return in, strings.TrimSuffix(name, ext), err
	case ".zst":
		in, err := zstd.NewReader(f, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(64<<20))
		if err != nil {
			return nil, "", err
		}
		return in.IOReadCloser(), strings.TrimSuffix(name, ext), nil
	}
	return f, name, nil
}

// bounded cuts what a page can't hold.
func (t Table) bounded() Table {
	names := make([]string, min(len(t.Columns), columns))
	for i := range names {
		names[i] = secret.Mask(t.Columns[i])
	}
	t.Columns = names
	for i, row := range t.Rows {
		if len(row) > len(t.Columns) {
			row = row[:len(t.Columns)]
		}
		for j, cell := range row {
			row[j] = Cut(cell)
		}
		t.Rows[i] = row
	}
	return t
}

// Cut shortens a value to what a page shows of it. What looks like a token is
// taken out first: whoever put it into a record, a page doesn't spread it.
func Cut(text string) string {
	text = secret.Mask(strings.ToValidUTF8(text, "\uFFFD"))
	if len(text) <= cellSize {
		return text
	}
	return strings.ToValidUTF8(text[:cellSize], "") + "…"
}
