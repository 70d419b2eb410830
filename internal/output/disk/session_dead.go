package disk

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
)

// EachDead has the files seen to that dead processes left in their rooms, which
// are given up then. Rooms of living processes are not touched; what do gives an
// error for is among the problems.
func (d *Dir) EachDead(ctx context.Context, do func(room string, files []fs.DirEntry) error) (problems []error, err error) {
	sessions, err := d.ReadDir(filepath.FromSlash(sessionsDir))
	if err != nil {
		return nil, fmt.Errorf("recover %s: %w", d.path, err)
	}
	for _, s := range sessions {
		if err := Stopped(ctx); err != nil {
			return problems, err
		}
		if !s.IsDir() {
			continue
		}
		if err := d.ifDead(filepath.Join(filepath.FromSlash(sessionsDir), s.Name()), do); err != nil {
			problems = append(problems, err)
		}
	}
	return problems, nil
}

func (d *Dir) ifDead(room string, do func(room string, files []fs.DirEntry) error) error {
	lock := d.lockOf(room)
	held, err := lock.TryLock()
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("recover %s: lock it: %w", room, Cause(err))
	}
	if !held {
		_ = lock.Close()
		return nil // its process lives, or another one is cleaning up
	}
	defer removeSession(d.Root, room, lock)
	files, err := d.ReadDir(room)
	if err != nil {
		return fmt.Errorf("recover %s: %w", room, err)
	}
	return do(room, slices.DeleteFunc(files, func(f fs.DirEntry) bool { return f.Name() == lockName }))
}
