package run

import (
	"errors"
	"fmt"
	"time"

	"speckle-runner/internal/output"
	"speckle-runner/internal/output/blob"
	"speckle-runner/internal/output/disk"
	"speckle-runner/internal/output/format"
	"speckle-runner/internal/output/record"
	"speckle-runner/internal/output/target"
	"speckle-runner/internal/run/sink"
	"speckle-runner/internal/said"
	"speckle-runner/internal/secret"
	"speckle-runner/internal/speckle"
	"speckle-runner/internal/summary"
	"speckle-runner/internal/tokens"
)

// TokenError says that a job's token couldn't be read: nothing was sent.
type TokenError struct{ Err error }

// Error says where the token should be.
func (e *TokenError) Error() string { return "token: " + e.Err.Error() }

// Unwrap gives the cause: secret.ErrMissing, or what reading a file gave.
func (e *TokenError) Unwrap() error { return e.Err }

// ShrinkError says that an export has become much smaller than the last.
type ShrinkError struct {
	Job       string
	Got, Last int64   // records
	Limit     float64 // share of Last that is still taken
}

// Error gives the numbers and the way out.
func (e *ShrinkError) Error() string {
	return fmt.Sprintf("%s, but the last good run had %d: fewer than shrink_limit (%g%%) allows (if that is right: runner run %s "+
		"--accept-shrink)",
		said.Count(e.Got, "record"), e.Last, e.Limit*100, e.Job)
}

// timeoutError is the cause of a run that took too long.
type timeoutError struct{ after time.Duration }

func (e *timeoutError) Error() string {
	return fmt.Sprintf("the job's timeout of %s is over", e.after)
}

// Timeout marks this as a timeout for callers that ask for a net.Error.
func (e *timeoutError) Timeout() bool { return true }

// passing reports whether an error may go away by itself, as one does that comes from an
// upgrade of the server, and how long the server wants to be left alone.
func passing(err error) (passes bool, after time.Duration) {
	if as[*timeoutError](err) {
		return false, 0 // another attempt has no more time
	}
	if e, ok := errors.AsType[*speckle.Error](err); ok {
		return e.Retryable(), e.RetryAfter
	}
	if e, ok := errors.AsType[*blob.Error](err); ok {
		return !e.Final, 0
	}
	// ErrOpen: on Windows a workbook can't be replaced until somebody closes it.
	return errors.Is(err, disk.ErrOpen) || as[*tokens.CommandError](err), 0
}

// final reports whether another attempt would end the same way.
func final(err error) bool {
	if e, ok := errors.AsType[*speckle.Error](err); ok {
		return !e.Retryable() && e.Kind != speckle.Partial && e.Kind != speckle.BadAnswer && e.Kind != speckle.PagingFault
	}
	if e, ok := errors.AsType[*blob.Error](err); ok {
		return e.Final
	}
	var (
		program *sink.ProgramError
		shrink  *ShrinkError
		owed    *owedError
		cannot  *unsupportedError
		unclear *unclearError
		value   *itemValueError
		room    *sink.RoomError
		misfit  *record.MisfitError
		values  *summary.ValueError
		groups  *summary.GroupsError
		units   *summary.UnitsError
		path    *disk.RefusedError
		sheet   *format.SheetError
	)
	return ofElements(err) || errors.Is(err, secret.ErrMissing) || errors.Is(err, target.ErrExists) ||
		errors.Is(err, output.ErrColumns) || errors.Is(err, output.ErrForm) ||
		errors.As(err, &program) || errors.As(err, &shrink) || errors.As(err, &owed) || errors.As(err, &cannot) ||
		errors.As(err, &unclear) || errors.As(err, &room) || errors.As(err, &value) || errors.As(err, &misfit) ||
		errors.As(err, &values) || errors.As(err, &groups) || errors.As(err, &units) || errors.As(err, &path) ||
		errors.As(err, &sheet)
}

// itemValueError says that an item lacks what the query or its variables need.
type itemValueError struct{ err error }

func (e *itemValueError) Error() string { return e.err.Error() }

func (e *itemValueError) Unwrap() error { return e.err }

// owedError says that a message couldn't be made of records that are all there:
// another attempt couldn't make it, either.
type owedError struct{ err error }

func (e *owedError) Error() string { return e.err.Error() }

func (e *owedError) Unwrap() error { return e.err }
