package output

import (
	"errors"
	"fmt"
	"io/fs"

	"speckle-runner/internal/output/disk"
	"speckle-runner/internal/output/target"
)

// errRestless says that a target was another file at each look.
var errRestless = errors.New("other programs replace it all the time")

// errIrregular is a pipe, a socket or a device: somebody else's, and no export.
var errIrregular = errors.New("isn't a regular file")

// judge looks at what lies at a target and notes it. It gives the stamp of a
// file that has to stay: that of a later tick of the same job, or of a later
// attempt.
func (d *Dir) judge(by target.Author, e *entry) (newer *stamp, err error) {
	old, err := d.replaceable(e)
	switch {
	case err != nil:
		return nil, fmt.Errorf("publish %s: %w", e.path(), err)
	case e.Grows && !old.Is(e.Old):
		return nil, fmt.Errorf("publish %s: %w", e.path(), errGrew)
	case old != nil && e.NoReplace && (!e.Resumed || !d.wroteItself(by.Run, e.Target, old)):
		return nil, fmt.Errorf("publish %s: %w", e.path(), target.ErrExists)
	}
	e.Old = old
	if old == nil || e.Grows || !e.Stamped {
		return nil, nil
	}
	if s := d.stampOf(e.Target, old); s != nil && s.Job == by.Job && s.newerThan(by, e) {
		return s, nil
	}
	return nil, nil
}

// replaceable gives what lies at a target: a file, or a link.
func (d *Dir) replaceable(e *entry) (*disk.FileID, error) {
	info, err := d.Root.Lstat(e.Target)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, disk.Cause(err)
	case info.IsDir():
		return nil, errors.New("a folder has that name")
	case !info.Mode().IsRegular() && info.Mode()&fs.ModeSymlink == 0:
		return nil, fmt.Errorf("what lies there %w", errIrregular)
	}
	return disk.IDOf(info), nil
}

func (s *stamp) newerThan(by target.Author, e *entry) bool {
	if s.Run == by.Run {
		return s.Attempt > by.Attempt
	}
	return s.Tick.After(e.Tick)
}
