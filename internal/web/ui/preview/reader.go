package preview

import (
	"errors"
	"io"
)

// ErrLarge says that a file holds more than was meant to be read of it.
var ErrLarge = errors.New("the file is too large to be read here")

// Bounds say how much of a file is read.
type Bounds struct {
	Bytes   int64 // of what is unpacked
	Columns int   // the others are left out
}

// reader reads the records of one file.
type reader struct {
	Bounds

	columns []string
	take    func(columns []string, row []Cell) bool
}

// few leaves out what is beyond the columns that are read.
func (r *reader) few(cells []Cell) []Cell { return cells[:min(len(cells), r.Columns)] }

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

// ended makes the end of a file no error.
func ended(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}
