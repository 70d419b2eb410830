package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/parquet-go/parquet-go"
)

// checkParquet reads the two columns of ids back.
func checkParquet(file string, records int) func(string) (sum, error) {
	return func(dir string) (sum, error) {
		f, err := os.Open(filepath.Join(dir, file))
		if err != nil {
			return sum{}, err
		}
		defer f.Close()
		info, err := f.Stat()
		if err != nil {
			return sum{}, err
		}
		table, err := parquet.OpenFile(f, info.Size())
		if err != nil {
			return sum{}, err
		}
		if table.NumRows() != int64(records) {
			return sum{}, fmt.Errorf("%d rows, not %d", table.NumRows(), records)
		}
		t := newTally(records)
		for _, name := range []string{"id", "data.id"} {
			leaf, ok := table.Schema().Lookup(name)
			if !ok {
				return sum{}, fmt.Errorf("no column %s", name)
			}
			for _, group := range table.RowGroups() {
				if err := t.column(group.ColumnChunks()[leaf.ColumnIndex]); err != nil {
					return sum{}, fmt.Errorf("column %s: %w", name, err)
				}
			}
		}
		return t.whole(0)
	}
}

// column counts the ids of one column of one row group.
func (t tally) column(chunk parquet.ColumnChunk) error {
	pages := chunk.Pages()
	defer pages.Close()
	var values [256]parquet.Value
	for {
		page, err := pages.ReadPage()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		for reader := page.Values(); ; {
			n, err := reader.ReadValues(values[:])
			for _, value := range values[:n] {
				if found, bad := t.count(value.ByteArray()); bad != nil || found != 1 {
					return errors.Join(bad, fmt.Errorf("%d ids in %s, not 1", found, value))
				}
			}
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return err
			}
		}
		parquet.Release(page)
	}
}
