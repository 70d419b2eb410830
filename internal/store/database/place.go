package database

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// place remembers which files a SQLite database is.
type place struct {
	files []placed
}

type placed struct {
	path string
	info fs.FileInfo
}

// keep notes the files as they are now. The log is SQLite's own file beside the
// database, and the lock ours.
func (p *place) keep(paths ...string) {
	for _, path := range paths {
		if info, err := os.Stat(path); err == nil {
			p.files = append(p.files, placed{path, info})
		}
	}
}

// check says whether all of them are still there, and still the same. On
// Windows an open file can't be removed: there it always holds.
func (p *place) check() error {
	for _, f := range p.files {
		info, err := os.Stat(f.path)
		switch {
		case errors.Is(err, fs.ErrNotExist), err == nil && !os.SameFile(f.info, info):
			return fmt.Errorf("database %s: %w", f.path, ErrDisplaced)
		case err != nil:
			return fmt.Errorf("database %s: %w", f.path, err)
		}
	}
	return nil
}

// resolved gives the path that a database really has: one file must not have
// two locks. The file itself may be missing still.
func resolved(path string) (string, error) {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	for range 40 { // as many links as systems follow
		target, err := os.Readlink(absolute)
		if err != nil {
			break // no link, or nothing there
		}
		if !filepath.IsAbs(target) {
			target = filepath.Join(filepath.Dir(absolute), target)
		}
		absolute = target
	}
	if err := os.MkdirAll(filepath.Dir(absolute), 0o700); err != nil {
		return "", err
	}
	dir, err := filepath.EvalSymlinks(filepath.Dir(absolute))
	if err != nil {
		return "", err
	}
	return filepath.Join(dir, filepath.Base(absolute)), nil
}

// elsewhere says what to do where no folder can be made.
func elsewhere(err error) string {
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS) {
		return ": give --database sqlite:FILE a folder that runner's user may write, such as a volume's"
	}
	return ""
}
