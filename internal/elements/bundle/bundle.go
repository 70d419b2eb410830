package bundle

import (
	"errors"

	"speckle-runner/internal/elements"
)

// Bundle is a bundle that is open, a Source of elements.
type Bundle struct {
	room  *scratch
	warn  func(string)
	cells *file

	count int64 // of objects
	paths dictionary
	units units
	types typeTable
	nodes map[int32]string // the names of levels and systems
	base  *spill           // by object: its id, its type, its levels and systems
	links *spill           // by object: what it lies in, hangs on and is a part of
	names []string         // the paths that an element has, once they were asked for
}

var _ elements.Source = (*Bundle)(nil)

// Count is how many elements there are.
func (b *Bundle) Count() int64 { return b.count }

// Close removes the scratch files. The bundle's own files stay.
func (b *Bundle) Close() error {
	var err error
	if b.cells != nil {
		err = b.cells.Close()
	}
	return errors.Join(err, b.room.remove())
}
