package preview

import (
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/klauspost/compress/zstd"
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
	// most bounds what is unpacked of a file: what doesn't show its first
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
	in, name, err := unpacked(f, name)
	if err != nil {
		return Table{}, fmt.Errorf("unpack: %w", err)
	}
	in = io.LimitReader(in, most)
	var table Table
	switch path.Ext(name) {
	case ".csv", ".tsv":
		table, err = readCSV(in, n)
	case ".ndjson", ".jsonl":
		table, err = readLines(in, n)
	case ".json":
		table, err = readJSON(in, n)
	case ".parquet":
		table, err = readParquet(f, fileSize, n)
	case ".xlsx":
		table, err = readSheet(f, fileSize, n)
	default:
		return Table{}, ErrUnknown
	}
	if err != nil && len(table.Rows) == 0 {
		return Table{}, err
	}
	if err != nil { // what could be read is shown
		table.More = true
	}
	return table.bounded(), nil
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
	if len(t.Columns) > columns {
		t.Columns = t.Columns[:columns]
	}
	for i, row := range t.Rows {
		if len(row) > len(t.Columns) {
			row = row[:len(t.Columns)]
		}
		for j, cell := range row {
			row[j] = cut(cell)
		}
		t.Rows[i] = row
	}
	return t
}

func cut(text string) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	if len(text) <= cellSize {
		return text
	}
	return strings.ToValidUTF8(text[:cellSize], "") + "…"
}
