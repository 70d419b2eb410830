package jobs

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"speckle-runner/internal/jobs/document"
)

// readFile reads no more than it takes to see that a file is too large.
func readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, document.MaxBytes+1))
}

// errIrregular is a pipe, a socket or a device, which may keep its reader waiting for ever.
var errIrregular = errors.New("it isn't a regular file")

// ReadRegular reads a regular file: one of several job files, a file that one names, or one
// that is read anew. A pipe, which may block, is only for a single job file that somebody gives by hand.
func ReadRegular(path string) ([]byte, error) {
	if info, err := os.Stat(path); err == nil && isIrregular(info) {
		return nil, errIrregular
	}
	return readFile(path)
}

func isIrregular(info fs.FileInfo) bool { return !info.Mode().IsRegular() && !info.IsDir() }

// readBeside reads a file that a job file in dir names.
func readBeside(dir, name string) ([]byte, error) {
	name = filepath.FromSlash(name)
	if !filepath.IsAbs(name) {
		name = filepath.Join(dir, name)
	}
	return ReadRegular(name)
}

// reason says why a file can't be read, without its path.
func reason(err error) string {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "there is no such file"
	case errors.Is(err, fs.ErrPermission):
		return "the file can't be read: permission denied"
	}
	if pathErr, ok := errors.AsType[*fs.PathError](err); ok {
		err = pathErr.Err
	}
	return fmt.Sprintf("the file can't be read: %v", err)
}
