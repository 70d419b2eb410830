package output

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"speckle-runner/internal/output/disk"
	"syscall"
)

// backUp keeps what a file is about to replace, under a hidden name beside it:
// a second name of the same file, which takes no room. Where a file can't have
// one, it is renamed when its turn comes.
func (d *Dir) backUp(e *entry) error {
	if e.Old == nil {
		return nil
	}
	err := d.Root.Link(e.Target, e.Backup)
	switch {
	case err == nil:
		d.At("kept " + e.path())
	case errors.Is(err, fs.ErrNotExist): // removed a moment ago: looked at again before its turn
	case errors.Is(err, syscall.EXDEV):
		return fmt.Errorf("publish %s: %w", e.path(), mounted(err))
	default:
		e.Away = true
	}
	return nil
}

// putBack makes a target what it was before its put: only where our own file
// lies there, or nothing. It may be called again, also by
// the next process, and reports whether it changed anything.
func (d *Dir) putBack(e *entry) (back bool, err error) {
	now, err := d.IDAt(e.Target)
	if err != nil {
		return false, fmt.Errorf("put back: %w", err)
	}
	ours := now != nil && now.Is(e.New)
	if e.Old == nil {
		if ours && !d.RemoveFile(e.Target) {
			return false, fmt.Errorf("%s is new and couldn't be taken away", e.path())
		}
		return ours, nil
	}
	var kept *disk.FileID
	if e.Backup != "" {
		kept, err = d.IDAt(e.Backup)
	}
	switch {
	case err != nil:
		return false, fmt.Errorf("put back: %w", err)
	case kept == nil && ours:
		return false, fmt.Errorf("%s couldn't be put back: %s, which kept it, is gone", e.path(), filepath.ToSlash(e.Backup))
	case kept == nil:
		return false, nil // it was put back, or never replaced
	case now == nil || ours:
		if err := d.rename(e.Backup, e.Target); err != nil {
			return false, fmt.Errorf("%s couldn't be put back, it is kept as %s: %w", e.path(), filepath.ToSlash(e.Backup), err)
		}
		return true, nil
	}
	d.RemoveFile(e.Backup) // it lies there itself, or a newer one does
	return false, nil
}
