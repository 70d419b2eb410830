package disk

import (
	"errors"
	"io/fs"
	"slices"
)

// RemoveFile removes a file of the folder, and reports whether it is gone: one
// that wasn't there is.
func (d *Dir) RemoveFile(name string) bool {
	if d.hold != nil && d.hold(name) {
		return false
	}
	err := d.Root.Remove(name)
	return err == nil || errors.Is(err, fs.ErrNotExist)
}

// OnRemove has a test say which files can't be removed, as Windows does of those that
// another program has open.
func (d *Dir) OnRemove(held func(name string) bool) { d.hold = held }

// RemoveFolders removes those that are empty, the deepest first. A journal is
// a file that anybody may have changed: nothing but folders is removed.
func (d *Dir) RemoveFolders(made []string) {
	for _, dir := range slices.Backward(made) {
		d.RemoveEmpty(dir) // one with files in it stays
	}
}

// RemoveEmpty removes a folder and reports whether it was empty. A link to one
// is somebody's own.
func (d *Dir) RemoveEmpty(dir string) bool {
	d.syncs.setNamed(dir, false)
	info, err := d.Root.Lstat(dir)
	return err == nil && info.IsDir() && d.Root.Remove(dir) == nil
}

// ReadDir lists a folder below this one; none is empty.
func (d *Dir) ReadDir(name string) ([]fs.DirEntry, error) {
	f, err := d.Root.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, Cause(err)
	}
	defer f.Close()
	return f.ReadDir(-1)
}
