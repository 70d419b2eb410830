package disk

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Error is what the system said of a file, without the file's name.
type Error struct{ Err error }

func (e *Error) Error() string { return e.Err.Error() }

// Unwrap gives what the system said.
func (e *Error) Unwrap() error { return e.Err }

// RefusedError says that no file may lie at a path, however long one waits.
type RefusedError struct{ Err error }

func (e *RefusedError) Error() string { return e.Err.Error() }

// Unwrap gives what is wrong with the path.
func (e *RefusedError) Unwrap() error { return e.Err }

// errLeaves is what a path is refused for that leads out of the directory.
var errLeaves = &RefusedError{errors.New("a symbolic link in this path leads out of the output directory, or is an absolute one, " +
	"and nothing is written there: name another folder, or give --output-dir the folder that the link leads to")}

// leaves is what os.Root says then; it has no name there.
const leaves = "path escapes from parent"

// Cause takes the hidden names out of an error: the caller names the target.
func Cause(err error) error {
	if e, ok := errors.AsType[*fs.PathError](err); ok && e.Err.Error() == leaves {
		return errLeaves
	} else if ok {
		return &Error{e.Err}
	}
	if e, ok := errors.AsType[*os.LinkError](err); ok {
		return &Error{e.Err}
	}
	return err
}

// Owned names one of the runner's own files or folders, and says what to do where it, or the
// folder that it is in, is somebody else's: mostly a command was once run by another user.
func Owned(name string, err error) error {
	err = Cause(err)
	if errors.Is(err, fs.ErrPermission) {
		return fmt.Errorf("%s: %w: it, or its folder, belongs to another user (what sudo makes belongs to root): "+
			"give it to runner's user, and run every command as that user", filepath.ToSlash(name), err)
	}
	if readOnly(err) {
		return fmt.Errorf("%s: %w: give --output-dir a folder that can be written, such as a volume's", filepath.ToSlash(name), err)
	}
	return fmt.Errorf("%s: %w", filepath.ToSlash(name), err)
}

// fullError says which folder's disk is full, and what to do. Hidden names help nobody.
type fullError struct {
	err    error
	folder string
}

func (e *fullError) Error() string {
	text := e.err.Error()
	if at, ok := errors.AsType[*fs.PathError](e.err); ok {
		text = strings.ReplaceAll(text, at.Error(), at.Err.Error())
	}
	return text + ": make room on the disk of " + filepath.ToSlash(e.folder) + ", or give --output-dir a folder on another one"
}

func (e *fullError) Unwrap() error { return e.err }

// Stopped gives the reason a context ended, or nil.
func Stopped(ctx context.Context) error {
	if ctx.Err() == nil {
		return nil
	}
	return context.Cause(ctx)
}
