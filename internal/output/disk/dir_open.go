package disk

import (
	"errors"
	"os"
)

// ErrIrregular is a pipe, a socket or a device where a file should be.
var ErrIrregular = errors.New("it isn't a regular file")

// OpenRegular opens a file that others may have put something else in the place of: to
// open a pipe takes until somebody writes into it.
func (d *Dir) OpenRegular(name string) (*os.File, error) {
	info, err := d.Root.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() && !info.IsDir() {
		return nil, ErrIrregular
	}
	return d.Root.Open(name)
}
