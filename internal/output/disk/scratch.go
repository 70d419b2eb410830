package disk

import (
	"fmt"
	"path/filepath"
)

// NewScratch makes a folder for what is put on the disk while a run reads, and
// gives its path; the label goes into its hidden name, for people. The caller
// removes it; where the process is killed before, the next start does.
func (d *Dir) NewScratch(label string) (path string, remove func() error, err error) {
	s, err := d.own()
	if err != nil {
		return "", nil, err
	}
	name := s.file(label, "")
	if err := d.Root.Mkdir(name, 0o700); err != nil {
		return "", nil, fmt.Errorf("make a folder for what is read, in %s: %w", d.path, Cause(err))
	}
	return filepath.Join(d.path, name), func() error { return d.Root.RemoveAll(name) }, nil
}
