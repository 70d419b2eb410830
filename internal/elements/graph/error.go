package graph

import (
	"fmt"

	"speckle-runner/internal/elements"
)

// Error says what is wrong with a graph: it is not whole, or no graph.
type Error struct {
	File string // "root" or "objects"
	Line int64  // of the objects, from 1; 0: none
	What string
	Err  error // nil: What says it all
}

// Error gives the place and what is wrong there.
func (e *Error) Error() string {
	text := "the object graph's " + e.File
	if said := elements.Unread(e.Err); said != nil {
		return text + " can't be read on this machine: " + said.Error()
	}
	if e.Line > 0 {
		text += fmt.Sprintf(", line %d", e.Line)
	}
	text += ": " + e.What
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// Unwrap gives what reading gave.
func (e *Error) Unwrap() error { return e.Err }

// incomplete says what a version is whose closure names less than its objects do.
const incomplete = "the version is incomplete, publish it again"
