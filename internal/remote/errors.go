package remote

import (
	"errors"
)

// Kind says what was wrong with an answer.
type Kind string

// The kinds of what can come in place of the answer.
const (
	NoAnswer  Kind = "no answer"  // no connection, or it broke off
	Refused   Kind = "token"      // no token, or the wrong one
	Forbidden Kind = "forbidden"  // read-only, or not for this host name
	Unknown   Kind = "unknown"    // no such run or job
	Conflict  Kind = "conflict"   // not possible in the run's present state
	Busy      Kind = "busy"       // too many requests
	Fault     Kind = "fault"      // an error of the server itself
	Elsewhere Kind = "redirect"   // it points to another address
	NotRunner Kind = "no runner"  // something else answered
	Broken    Kind = "bad answer" // not what the API promises
	Rejected  Kind = "rejected"   // the API doesn't know the question
)

// ErrUnknownJob says that the server's job file has no such job.
var ErrUnknownJob = errors.New("no such job")

// maxSaid is the most characters of a server's text in an error.
const maxSaid = 300

// Error says what came in place of the answer, in one line without secrets.
type Error struct {
	Kind   Kind
	Status int    // of HTTP; 0 without an answer
	Doing  string // what was asked, and where
	What   string // what came
	Todo   string // what a person can do, may be ""
	Run    string // id of the run that stands in the way; "": none

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

// Unwrap gives the ledger's refusal that it stands for, or the network's error.
func (e *Error) Unwrap() error { return e.cause }

// Passing reports whether the same question may be answered in a moment.
func (e *Error) Passing() bool { return e.passing }
