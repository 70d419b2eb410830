package compare

import (
	"context"
	"errors"
	"hash/maphash"
	"io"
	"os"
	"slices"
	"strings"

	"speckle-runner/internal/web/ui/preview"
)

const (
	// MaxRecords is how many records each of the two files may have.
	MaxRecords = 200_000
	// MaxBytes is how large each may be, unpacked.
	MaxBytes = 64 << 20
	// maxCells bounds the hashes of a file in memory: 4 bytes each.
	maxCells = 6_000_000
	// maxColumns is how many columns of a file are compared.
	maxColumns = 500
)

// ErrLarge says that a file is beyond the bounds.
var ErrLarge = errors.New("more than is compared here")

// File is a file of records.
type File struct {
	*os.File

	Path string // its end says its format
	Size int64
}

// seed makes hashes that nobody who writes records can foresee.
var seed = maphash.MakeSeed()

// sheet is what is kept of a file: the hash of each value, 0 for null.
// A record ends where the last column was that was known when it was read.
type sheet struct {
	columns []string
	wide    bool
	ends    []int
	cells   []uint32
	keys    map[int][]uint64 // of the columns that may tell records apart: whole hashes
}

// load reads a file once.
func load(ctx context.Context, f File) (*sheet, error) {
	s := &sheet{keys: map[int][]uint64{}}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	var bad error
	bounds := preview.Bounds{Bytes: MaxBytes, Columns: maxColumns + 1}
	err := preview.Each(f, f.Path, f.Size, bounds, func(columns []string, row []preview.Cell) bool {
		if len(columns) > maxColumns {
			columns, s.wide = columns[:maxColumns], true
		}
		if len(columns) > len(s.columns) {
			s.columns = slices.Clone(columns)
		}
		if row != nil {
			s.add(row[:min(len(row), len(columns))])
		}
		switch {
		case len(s.ends) > MaxRecords || len(s.cells) > maxCells:
			bad = ErrLarge
		case len(s.ends)%1024 == 0 && ctx.Err() != nil:
			bad = context.Cause(ctx)
		}
		return bad == nil
	})
	if errors.Is(err, preview.ErrLarge) {
		err = ErrLarge
	}
	if err == nil {
		err = bad
	}
	return s, err
}

func (s *sheet) add(row []preview.Cell) {
	for i, value := range row {
		hash := uint64(0)
		if value.Has {
			hash = maphash.String(seed, value.Text) | 1<<32 // never 0, also cut in half
		}
		half := uint32(hash)
		if value.Quoted {
			half = ^half // a key is the same as a number and as a text, a value isn't
		}
		if half == 0 && hash != 0 {
			half = 1
		}
		s.cells = append(s.cells, half)
		if tellsApart(s.columns[i]) {
			for len(s.keys[i]) < len(s.ends) { // it wasn't known yet
				s.keys[i] = append(s.keys[i], 0)
			}
			if value.Text == "" {
				hash = 0 // it tells nothing apart
			}
			s.keys[i] = append(s.keys[i], hash)
		}
	}
	s.ends = append(s.ends, len(s.cells))
}

// tellsApart reports whether a column may hold another value in each record: an
// id, or the keys of a file that is one record.
func tellsApart(column string) bool { return strings.EqualFold(column, "id") || column == "key" }

func (s *sheet) records() int { return len(s.ends) }

// row gives the hashes of a record's values.
func (s *sheet) row(n int) []uint32 {
	from := 0
	if n > 0 {
		from = s.ends[n-1]
	}
	return s.cells[from:s.ends[n]]
}

// column finds a column, -1 for none.
func (s *sheet) column(name string) int { return slices.Index(s.columns, name) }

// distinct reports whether a column has another value in each record.
func (s *sheet) distinct(column int) bool {
	keys := s.keys[column]
	if len(keys) < s.records() {
		return false
	}
	seen := make(map[uint64]struct{}, len(keys))
	for _, key := range keys {
		if key == 0 {
			return false
		}
		seen[key] = struct{}{}
	}
	return len(seen) == len(keys)
}
