package remote

import (
	"context"
	"errors"
	"net/http"

	"speckle-runner/internal/speckle"
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

// unanswered says why no answer came. What changes something may have been done.
func (c *Client) unanswered(ctx context.Context, q asked, doing string, err error) error {
	if errors.Is(context.Cause(ctx), context.Canceled) {
		return context.Canceled
	}
	failed := speckle.NoAnswer(ctx, doing, err)
	e := &Error{Kind: NoAnswer, Doing: q.doing, What: c.words.Line(failed.Message, maxSaid), Todo: failed.Hint, cause: err,
		passing: failed.Kind == speckle.Network || failed.Kind == speckle.Timeout}
	switch {
	case q.method != http.MethodGet && !failed.Unsent():
		e.Todo = "it may have been done all the same: look before you ask again"
	case e.Todo == "" && failed.Unsent():
		e.Todo = "is `runner serve` up, and listening there?"
	}
	return e
}
