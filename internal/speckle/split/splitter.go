package split

import (
	"errors"
	"fmt"
	"io"
	"sync/atomic"
)

// Plan says where in an answer the records are.
type Plan struct {
	Path []string // keys from the top: data, …, items; or data alone
	All  bool     // the value at path is the one record, and no list of them
	ID   []byte   // quoted key of a record's id, nil: none
	Most int      // records that there may be; 0: any number
}

// Receiver takes an answer's records as they arrive; an id is JSON text, nil
// without one. Both are valid until it returns.
type Receiver func(record, id []byte) error

// RefusedError wraps a receiver's error, so that it isn't taken for the answer's.
type RefusedError struct{ Err error }

// Error gives the receiver's text.
func (r *RefusedError) Error() string { return r.Err.Error() }

// Unwrap gives the receiver's error.
func (r *RefusedError) Unwrap() error { return r.Err }

// NoObjectError is the error for an answer that is no JSON object.
type NoObjectError struct{ Head []byte } // what it begins with

// Error says so.
func (n *NoObjectError) Error() string { return "it is no JSON object" }

// ErrOverfull is what a splitter gives for more records than its plan allows.
var ErrOverfull = errors.New("more records than were asked for")

// PanicError is what Split panics with when a receiver did, in whichever goroutine.
type PanicError struct {
	Value any
	Trace []byte // of the goroutine that it came from
}

// Error gives what the receiver said.
func (p *PanicError) Error() string { return fmt.Sprint(p.Value) }

// Splitter reads one answer: records go to the receiver one by one, the rest
// is kept as the skeleton, where [] or {} stands for what was taken out.
type Splitter struct {
	Plan     Plan
	Take     Receiver
	Most     int // largest skeleton
	Skeleton []byte
	Taken    bool // the records' place was found
	Items    int  // records so far, with the one that Take has
	Broken   int  // characters of the record that Take has that were no Unicode

	in     *stream
	listed int // records that were read, of which Take has had Items
	queue  queue
}

// queue holds the records that were split and not taken yet.
type queue struct {
	windows *Windows
	least   int // bytes that are worth another goroutine
	pending []entry
	bytes   int
	taker   *taker // nil: all were taken here
}

// taker takes the records of windows in their order, beside the split.
type taker struct {
	todo, done chan window
	lent       int // windows that it has
	refused    atomic.Bool
	err        error // why
	panicked   *PanicError
}

// Bytes is how many bytes were read.
func (s *Splitter) Bytes() int64 { return s.in.read }

// Offset is where in the text the split has come to.
func (s *Splitter) Offset() int64 { return s.in.offset() }

// Ended reports whether the text has ended, and not the way to it.
func (s *Splitter) Ended() bool { return s.in.failed == io.EOF } //nolint:errorlint // EOF itself only: a wrapped one is a cut

// AllBroken is how many characters of the answer were no Unicode.
func (s *Splitter) AllBroken() int { return s.in.broken }

func (s *Splitter) give(record, id []byte, broken int) error {
	s.Items++
	s.Broken = broken
	if err := s.Take(record, id); err != nil {
		return &RefusedError{err}
	}
	return nil
}
