package disk

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
)

// SyncParents makes the entries of the folders above files durable, and the
// folders' own names up to the first that is known to be.
func (d *Dir) SyncParents(names []string) error {
	done := map[string]bool{}
	for _, name := range names {
		for dir := filepath.Dir(name); !done[dir]; dir = filepath.Dir(dir) {
			if err := d.SyncDir(dir); err != nil {
				return err
			}
			done[dir] = true
			if dir == "." || d.syncs.isNamed(dir) {
				break
			}
		}
	}
	for dir := range done {
		d.syncs.setNamed(dir, true)
	}
	return nil
}

// SyncDir makes a folder's entries durable, where the system can: all that
// were made before the call.
func (d *Dir) SyncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil // a folder can't be flushed there; NTFS logs its changes
	}
	mine, before, first := d.syncs.join(dir)
	if !first {
		<-mine.done
		return mine.err
	}
	if before != nil {
		<-before.done
	}
	d.syncs.start(dir, mine)
	mine.err = d.flushDir(dir)
	d.syncs.end(dir, mine)
	return mine.err
}

func (d *Dir) flushDir(dir string) error {
	f, err := d.Root.OpenFile(dir, os.O_RDONLY|Unpolled, 0)
	if err != nil {
		return fmt.Errorf("sync folder %s: %w", dir, Cause(err))
	}
	defer f.Close()
	if err := f.Sync(); err != nil && !errors.Is(err, syscall.EINVAL) && !errors.Is(err, errors.ErrUnsupported) {
		return fmt.Errorf("sync folder %s: %w", dir, Cause(err))
	}
	return nil
}

// ParentsOf gives the folders above a path, the nearest first, "." last.
func ParentsOf(name string) []string {
	var dirs []string
	for dir := filepath.Dir(name); ; dir = filepath.Dir(dir) {
		dirs = append(dirs, dir)
		if dir == "." {
			return dirs
		}
	}
}
