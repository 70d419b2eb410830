package output

import (
	"errors"
	"fmt"
	"io/fs"
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
