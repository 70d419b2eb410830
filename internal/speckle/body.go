package speckle

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"speckle-runner/internal/said"
	"speckle-runner/internal/speckle/split"
)

// read splits an answer's body.
func (x *call) read(response *http.Response) error {
	largest := x.limits.record
	if x.plan.All {
		largest = x.limits.answer
	}
	if x.windows == nil {
		x.windows = split.NewWindows(response.ContentLength)
	}
	s := split.New(x.budget.reader(response.Body), x.windows, largest)
	s.Plan, s.Most = x.plan, x.limits.answer
	inside := 0
	s.Take = func(record, id []byte) error {
		x.given, x.items, x.broken = true, s.Items, s.Broken
		inside += s.Broken
		return x.take(record, id)
	}
	err := s.Split()
	x.beside = s.AllBroken() - inside
	x.bytes += s.Bytes()
	x.taken, x.items = s.Taken, s.Items
	if err != nil {
		return x.stopped(response.StatusCode, s, err)
	}
	if err := x.answer.members(s.Skeleton); err != nil && err != io.EOF { //nolint:errorlint // EOF itself only: a wrapped one is a cut
		return &Error{Kind: BadAnswer, Status: response.StatusCode, Message: "the answer isn't whole JSON: " + x.words.Line(err.Error(), MaxSaid)}
	}
	return nil
}

// stopped makes an Error of what stopped a split. An error of the receiver of records stays
// as it is.
func (x *call) stopped(status int, s *split.Splitter, err error) error {
	if r, ok := errors.AsType[*split.RefusedError](err); ok {
		return r
	}
	if typed, ok := errors.AsType[*Error](err); ok {
		return typed
	}
	if other, ok := errors.AsType[*split.NoObjectError](err); ok {
		return noObject(http.StatusOK, other.Head, x.words)
	}
	e := &Error{Kind: BadAnswer, Status: status}
	switch {
	case errors.Is(err, split.ErrOverfull):
		return x.overfull()
	case errors.Is(err, split.ErrOversize):
		e.Kind, e.Message = TooLarge, fmt.Sprintf("one piece of the answer is larger than this program takes, near byte %d", s.Offset())
		e.Hint = "ask for fewer fields, or page the query"
	case errors.Is(err, io.ErrUnexpectedEOF) && s.Ended() && s.Bytes() == 0:
		e.Message, e.cut = "the answer is empty", true
		e.Hint = "is the server just starting, or does a proxy answer in its place?"
	case errors.Is(err, io.ErrUnexpectedEOF) && s.Ended():
		e.Message, e.cut = "the answer breaks off after "+said.Count(s.Bytes(), "byte"), true
	case errors.Is(err, split.ErrDamaged):
		e.Message = "the answer isn't whole JSON: " + strings.TrimSuffix(err.Error(), ": "+split.ErrDamaged.Error())
	default:
		return err // of the network
	}
	return e
}

// overfull is the error of a page with many more records than were asked for.
func (x *call) overfull() *Error {
	at := strings.Join(x.query.Paging.Path, ".")
	return &Error{Kind: PagingFault, Status: 200, Path: at,
		Message: fmt.Sprintf("%s: a page holds more than %d records, where %d were asked for", at, x.plan.Most, x.limit),
		Hint:    "the server doesn't keep to the limit, or the page never ends: reading it was stopped"}
}
