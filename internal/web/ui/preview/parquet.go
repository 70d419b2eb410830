package preview

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/parquet-go/parquet-go"
)

var errBroken = errors.New("the file is broken")

// readParquet reads the first rows of the first groups.
func readParquet(f io.ReaderAt, size int64, n int) (t Table, err error) {
	defer func() { // the library panics on some files that are broken
		if cause := recover(); cause != nil {
			err = fmt.Errorf("%w: %v", errBroken, cause)
		}
	}()
	file, err := parquet.OpenFile(f, size, parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true))
	if err != nil {
		return t, err
	}
	for _, column := range file.Schema().Columns() {
		t.Columns = append(t.Columns, strings.Join(column, "."))
	}
	t.More = file.NumRows() > int64(n)
	for _, group := range file.RowGroups() {
		if len(t.Rows) >= n {
			break
		}
		if err := t.readGroup(group, n); err != nil {
			return t, err
		}
	}
	return t, nil
}

func (t *Table) readGroup(group parquet.RowGroup, n int) error {
	rows := group.Rows()
	defer rows.Close()
	buffer := make([]parquet.Row, 16)
	for len(t.Rows) < n {
		read, err := rows.ReadRows(buffer)
		for _, row := range buffer[:read] {
			if len(t.Rows) == n {
				break
			}
			cells := make([]string, len(t.Columns))
			for _, value := range row {
				if i := value.Column(); i >= 0 && i < len(cells) && !value.IsNull() {
					cells[i] = value.String()
				}
			}
			t.Rows = append(t.Rows, cells)
		}
		if errors.Is(err, io.EOF) || err == nil && read == 0 {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return nil
}
