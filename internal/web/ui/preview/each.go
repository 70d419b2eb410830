package preview

import (
	"errors"
	"fmt"
	"io"
	"path"
)

// ErrLarge says that a file holds more than was meant to be read of it.
var ErrLarge = errors.New("the file is too large to be read here")

// Bounds say how much of a file is read.
type Bounds struct {
	Bytes   int64 // of what is unpacked
	Columns int   // the others are left out
}

// Each hands the records of a file of a name and a size to take, one after the
// other, until that says no: the names of the columns that are known so far,
// and the record's values by those. Both are take's only until it returns, and
// a record that ends early has nothing in the columns behind its end.
func Each(f File, name string, fileSize int64, bounds Bounds, take func(columns, row []string) bool) error {
	in, name, err := unpacked(f, name)
	if err != nil {
		return fmt.Errorf("unpack: %w", err)
	}
	r := reader{Bounds: bounds, take: take}
	in = &upTo{in: in, left: bounds.Bytes}
	switch path.Ext(name) {
	case ".csv", ".tsv":
		return r.csv(in)
	case ".ndjson", ".jsonl":
		return r.lines(in)
	case ".json":
		return r.json(in)
	case ".parquet":
		return r.parquet(f, fileSize)
	case ".xlsx":
		return r.sheet(f, fileSize)
	}
	return ErrUnknown
}

// reader reads the records of one file.
type reader struct {
	Bounds

	columns []string
	take    func(columns, row []string) bool
}

// few leaves out what is beyond the columns that are read.
func (r *reader) few(cells []string) []string { return cells[:min(len(cells), r.Columns)] }

// upTo reads up to a bound, and says when there is more: as often as it is asked.
type upTo struct {
	in   io.Reader
	left int64
	more bool
}

func (b *upTo) Read(p []byte) (int, error) {
	if b.left <= 0 && !b.more {
		n, err := b.in.Read(p[:min(len(p), 1)])
		b.more = n > 0
		if !b.more {
			return 0, err
		}
	}
	if b.more {
		return 0, ErrLarge
	}
	n, err := b.in.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	return n, err
}
