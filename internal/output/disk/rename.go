package disk

import (
	"errors"
	"fmt"
)

// ErrOpen says that another program has the file open. Only Windows refuses to
// replace such a file.
var ErrOpen = errors.New("another program has the file open")

// Rename moves a file, also over another.
func (d *Dir) Rename(from, to string) error {
	if d.refuse != nil {
		if err := d.refuse(to); err != nil {
			return err
		}
	}
	err := d.Root.Rename(from, to)
	if openElsewhere(err) {
		return fmt.Errorf("%w: %w", ErrOpen, Cause(err))
	}
	return err
}

// OnRename has a test called before a file is put at a path; its error is the
// rename's, as ErrOpen is on Windows.
func (d *Dir) OnRename(f func(to string) error) { d.refuse = f }
