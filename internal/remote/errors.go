package remote

import (
	"errors"
)

// Kind says what was wrong with an answer.
type Kind string

// The kinds of what can come instead of an answer.
const (
	NoAnswer  Kind = "no answer"  // no connection, or it broke off
	Refused   Kind = "token"      // no token, or the wrong one
	Forbidden Kind = "forbidden"  // read-only, or not for this host
	Unknown   Kind = "unknown"    // no such run or job
	Conflict  Kind = "conflict"   // not as things stand
	Busy      Kind = "busy"       // too many requests
	Fault     Kind = "fault"      // the server's own
	Elsewhere Kind = "redirect"   // it points to another address
	NotRunner Kind = "no runner"  // something else answered
	Broken    Kind = "bad answer" // not what the API promises
	Rejected  Kind = "rejected"   // it doesn't take the question
)

// ErrUnknownJob says that the server's job file has no such job.
var ErrUnknownJob = errors.New("no such job")

// maxSaid is how much of what others say stands in an error.
const maxSaid = 300

// Error is everything that is no answer, in one line without secrets.
type Error struct {
	Kind   Kind
	Status int    // of HTTP; 0 without an answer
	Doing  string // what was asked, and where
	What   string // what came
	Todo   string // what a person can do, may be ""
	Run    string // that stands in the way, "" for none

	cause   error
	passing bool // the same question may be answered in a moment
}

// Error says what was being done, what came, and what to do.
func (e *Error) Error() string {
	text := e.Doing + ": " + e.What
	if e.Todo != "" {
		text += "; " + e.Todo
	}
	return text
}

// Unwrap gives the refusal of the ledger that it stands for, or the network's error.
func (e *Error) Unwrap() error { return e.cause }

// Passing reports whether the same question may be answered in a moment.
func (e *Error) Passing() bool { return e.passing }
