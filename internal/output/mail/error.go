package mail

import (
	"context"
	"errors"
	"fmt"
	"net/textproto"

	"speckle-runner/internal/said"
	"speckle-runner/internal/secret"
)

// maxShown is how many characters of a server's answer get into an error.
const maxShown = 300

// Error says why a letter wasn't taken.
type Error struct {
	Host  string // of the server
	Step  string // what was being done; "": connecting
	Code  int    // of the answer, 0 without one
	Final bool   // trying again would end the same way
	Err   error  // what was answered, in one line without secrets
	// Unready says that no letter was offered: the server wouldn't have taken another one.
	Unready bool
}

// Error names the server, what was being done and what it answered.
func (e *Error) Error() string {
	text := "mail"
	if e.Host != "" {
		text += " server " + e.Host
	}
	if e.Step != "" {
		text += ": " + e.Step
	}
	text += ": " + e.Err.Error()
	if e.Code == tooLarge {
		text += "; a smaller max_attachment makes smaller mails"
	}
	return text
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// tooLarge is a server's answer to more than it takes at once.
const tooLarge = 552

// wrong is a letter that nobody could send.
func (s *Server) wrong(err error) error { return &Error{Host: s.Host, Final: true, Err: err} }

// failed judges an answer, or that there was none: 5xx says that it would be the
// same the next time, 4xx that it may pass, and a network may mend.
func (s *Server) failed(ctx context.Context, step string, err error) *Error {
	failed := &Error{Host: s.Host, Step: step}
	if answer, is := errors.AsType[*textproto.Error](err); is {
		failed.Code, failed.Final = answer.Code, answer.Code >= 500
		err = fmt.Errorf("%d %s", answer.Code, answer.Msg)
	} else if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	own := &secret.Redactor{}
	own.Add(s.Password)
	failed.Err = said.Instead(said.With(own, s.Redactor).Line(err.Error(), maxShown)+said.UnknownAuthority(err), err)
	return failed
}
