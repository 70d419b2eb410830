package disk

import (
	"context"
	"errors"
	"io/fs"
	"os"
)

// Error is what the system said of a file, without the file's name.
type Error struct{ Err error }

func (e *Error) Error() string { return e.Err.Error() }

// Unwrap gives what the system said.
func (e *Error) Unwrap() error { return e.Err }

// Cause takes the hidden names out of an error: the caller names the target.
func Cause(err error) error {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return &Error{e.Err}
	}
	if e, ok := errors.AsType[*os.LinkError](err); ok {
		return &Error{e.Err}
	}
	return err
}

// Stopped gives the reason a context ended, or nil.
func Stopped(ctx context.Context) error {
	if ctx.Err() == nil {
		return nil
	}
	return context.Cause(ctx)
}
