package output

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"syscall"
	"time"

	"speckle-runner/internal/output/disk"
	"speckle-runner/internal/output/target"
)

// put moves one staged file to its target, after it has said who does.
func (d *Dir) put(by target.Author, e *entry) error {
	if e.Stamped {
		s := stamp{FileID: *e.New, Path: e.path(), Job: by.Job, Run: by.Run, Tick: e.Tick, Attempt: by.Attempt, SHA256: e.SHA256}
		if err := d.addStamp(s, e.NoReplace); err != nil {
			return err
		}
		d.At("stamped " + e.path())
	}
	switch {
	case e.NoReplace && e.Old == nil:
		return d.putNew(e)
	case e.Away && e.Old != nil:
		return d.putAfter(e)
	}
	return d.rename(e.Staged, e.Target)
}

// putNew never replaces, whoever made the target a moment ago.
func (d *Dir) putNew(e *entry) error {
	err := d.Root.Link(e.Staged, e.Target)
	switch {
	case err == nil:
		d.RemoveFile(e.Staged)
		return nil
	case errors.Is(err, fs.ErrExist):
		return target.ErrExists
	}
	// A file system without links: look, then rename.
	if _, err := d.Root.Lstat(e.Target); err == nil {
		return target.ErrExists
	}
	return d.rename(e.Staged, e.Target)
}

// putAfter is for a file system where no file has two names: what is replaced
// is moved out of the way first.
func (d *Dir) putAfter(e *entry) error {
	if err := d.rename(e.Target, e.Backup); err != nil {
		return err
	}
	d.At("moved away " + e.path())
	err := d.rename(e.Staged, e.Target)
	if err != nil {
		_, back := d.putBack(e)
		err = errors.Join(err, back)
	}
	return err
}

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

// Windows refuses to replace a file that another program has open: for a
// moment when that is a virus scanner, for long when it is Excel.
const (
	busyTries = 10
	busyWait  = 100 * time.Millisecond
)

func (d *Dir) rename(from, to string) error {
	var err error
	for range busyTries {
		err = d.Rename(from, to)
		if !errors.Is(err, disk.ErrOpen) {
			break
		}
		time.Sleep(busyWait)
	}
	switch {
	case err == nil:
		return nil
	case errors.Is(err, disk.ErrOpen):
		return fmt.Errorf("%w; close it there (Excel keeps a workbook open until its window is closed), then run again", err)
	}
	return mounted(err)
}

// mounted explains what a path with something mounted at it gives.
func mounted(err error) error {
	if errors.Is(err, syscall.EBUSY) || errors.Is(err, syscall.EXDEV) {
		return fmt.Errorf("it is mounted there by itself, and can't be replaced; mount its folder instead: %w", disk.Cause(err))
	}
	return disk.Cause(err)
}
