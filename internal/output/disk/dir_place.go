package disk

import (
	"errors"
	"fmt"
	"os"
)

// ErrDisplaced says that the folder isn't the one that this process has open:
// what it would publish, nobody would find.
var ErrDisplaced = errors.New("the folder was removed or replaced while it was open (nothing was published); start again")

// InPlace says whether the directory's path still leads to the folder that is
// open.
func (d *Dir) InPlace() error {
	seen, err := os.Stat(d.path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("output directory %s: %w", d.path, Cause(err))
	}
	if err != nil || !os.SameFile(d.open, seen) {
		return fmt.Errorf("output directory %s: %w", d.path, ErrDisplaced)
	}
	return nil
}
