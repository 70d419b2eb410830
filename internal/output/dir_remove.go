package output

import (
	"errors"
	"io/fs"
	"slices"
)

func (d *Folder) removeFile(name string) bool {
	err := d.root.Remove(name)
	return err == nil || errors.Is(err, fs.ErrNotExist)
}

// removeFolders removes those that are empty, the deepest first. A journal is
// a file that anybody may have changed: nothing but folders is removed.
func (d *Folder) removeFolders(made []string) {
	for _, dir := range slices.Backward(made) {
		d.removeEmpty(dir) // one with files in it stays
	}
}

// removeEmpty removes a folder and reports whether it was empty. A link to one
// is somebody's own.
func (d *Folder) removeEmpty(dir string) bool {
	d.syncs.setNamed(dir, false)
	info, err := d.root.Lstat(dir)
	return err == nil && info.IsDir() && d.root.Remove(dir) == nil
}

func (d *Folder) readDir(name string) ([]fs.DirEntry, error) {
	f, err := d.root.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, cause(err)
	}
	defer f.Close()
	return f.ReadDir(-1)
}
