package bundle

import (
	"errors"
	"fmt"

	"speckle-runner/internal/elements"
	"speckle-runner/internal/elements/bundle/columns"
)

// Error says what is wrong with a bundle and in which of its files. A bundle
// that has one is not read at all: a part of a building is no building.
type Error struct {
	File string // its suffix, ".eav.objects.parquet"
	What string
	Err  error // what a reader of the file said, if it was one
}

func (e *Error) Error() string {
	if said := elements.Unread(e.Err); said != nil {
		return fmt.Sprintf("the bundle's %s can't be read on this machine: %s", e.File, said)
	}
	if _, is := errors.AsType[*columns.LimitError](e.Err); is {
		return fmt.Sprintf("the bundle's %s is more than this runner reads: %s (please report it)", e.File, e.Err)
	}
	if e.Err != nil {
		return fmt.Sprintf("the bundle's %s is broken: %s", e.File, e.Err)
	}
	return fmt.Sprintf("the bundle's %s is broken: %s", e.File, e.What)
}

// Unwrap gives what a reader of the file said.
func (e *Error) Unwrap() error { return e.Err }

// MissingError says that a bundle lacks a file that every bundle has.
type MissingError struct {
	File string
}

func (e *MissingError) Error() string {
	return fmt.Sprintf("the bundle has no %s: it is incomplete", e.File)
}

func broken(suffix, format string, args ...any) error {
	return &Error{File: suffix, What: fmt.Sprintf(format, args...)}
}
