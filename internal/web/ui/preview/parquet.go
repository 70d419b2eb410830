package preview

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/parquet-go/parquet-go"
)

var errBroken = errors.New("the file is broken")

// parquet reads the rows of all groups.
func (r *reader) parquet(f io.ReaderAt, size int64) (err error) {
	defer func() { // the library panics on some files that are broken
		if cause := recover(); cause != nil {
			err = fmt.Errorf("%w: %v", errBroken, cause)
		}
	}()
	file, err := parquet.OpenFile(f, size, parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true))
	if err != nil {
		return err
	}
	for _, column := range file.Schema().Columns() {
		r.columns = append(r.columns, strings.Join(column, "."))
	}
	r.columns = r.columns[:min(len(r.columns), r.Columns)]
	r.take(r.columns, nil)
	for _, group := range file.RowGroups() {
		if more, err := r.group(group); err != nil || !more {
			return err
		}
	}
	return nil
}

// group reads the rows of one group. What they take unpacked is counted, as
// the size of the file doesn't tell it.
func (r *reader) group(group parquet.RowGroup) (more bool, err error) {
	rows := group.Rows()
	defer rows.Close()
	buffer := make([]parquet.Row, 16)
	cells := make([]Cell, len(r.columns))
	for {
		read, err := rows.ReadRows(buffer)
		for _, row := range buffer[:read] {
			clear(cells)
			for _, value := range row {
				if i := value.Column(); i >= 0 && i < len(cells) && !value.IsNull() {
					cells[i] = joined(cells[i], value)
					// What it costs is the whole text, for each value of a list.
					if r.Bytes -= int64(len(cells[i].Text)); r.Bytes < 0 {
						return false, ErrLarge
					}
				}
			}
			if !r.take(r.columns, cells) {
				return false, nil
			}
		}
		if errors.Is(err, io.EOF) || err == nil && read == 0 {
			return true, nil
		}
		if err != nil {
			return false, err
		}
	}
}

// joined adds a value to those of its list that came before.
func joined(before Cell, value parquet.Value) Cell {
	if value.RepetitionLevel() > 0 {
		return textOf(before.Text + ", " + value.String())
	}
	return textOf(value.String())
}
