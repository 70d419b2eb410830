package speckle

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/go-json-experiment/json/jsontext"
)

// plan says where in an answer the records are.
type plan struct {
	path []string // keys from the top: data, …, items; or data alone
	all  bool     // the value at path is the one record, and no list of them
	id   []byte   // quoted key of a record's id, nil: none
	most int      // records that there may be; 0: any number
}

// receiver takes an answer's records as they arrive; an id is JSON text, nil
// without one. Both are valid until it returns.
type receiver func(record, id []byte) error

// Refusal wraps a receiver's error, so that it isn't taken for the answer's.
type Refusal struct{ Err error }

// Error gives the receiver's text.
func (r *Refusal) Error() string { return r.Err.Error() }

// Unwrap gives the receiver's error.
func (r *Refusal) Unwrap() error { return r.Err }

// NoObject is the error for an answer that is no JSON object.
type NoObject struct{ Head []byte } // what it begins with

// Error says so.
func (n *NoObject) Error() string { return "it is no JSON object" }

// errOverfull is what a splitter gives for more records than its plan allows.
var errOverfull = errors.New("more records than were asked for")

// splitter reads one answer: records go to the receiver one by one, the rest
// is kept as the skeleton, where [] or {} stands for what was taken out.
type splitter struct {
	plan     plan
	take     receiver
	most     int // largest skeleton
	skeleton []byte
	taken    bool // the records' place was found
	items    int
	broken   int // characters of the record under way, or of single's, that were no Unicode

	in *stream
}

// newSplitter gives one that reads from a reader through a window, in which a
// value may grow to largest.
func newSplitter(in io.Reader, window []byte, largest int) *splitter {
	return &splitter{in: &stream{in: &markless{in: in}, buf: window, largest: largest}}
}

// newWindow gives a window for a text of a length, -1 for an unknown one.
func newWindow(length int64) []byte { return make([]byte, min(max(firstWindow, length), steadyWindow)) }

// window gives the one for the next splitter, nil where a huge value made this
// one's too large to be kept.
func (s *splitter) window() []byte {
	if cap(s.in.buf) > steadyWindow {
		return nil
	}
	return s.in.buf
}

// read is how many bytes were read.
func (s *splitter) read() int64 { return s.in.read }

// offset is where in the text the split has come to.
func (s *splitter) offset() int64 { return s.in.offset() }

// ended reports whether the text has ended, and not the way to it.
func (s *splitter) ended() bool { return s.in.failed == io.EOF }

// allBroken is how many characters of the answer were no Unicode.
func (s *splitter) allBroken() int { return s.in.broken }

// split reads a whole answer, which must be one JSON object.
func (s *splitter) split() error {
	first, err := s.in.peek()
	if err != nil {
		return err
	}
	if first != '{' {
		return &NoObject{bytes.Clone(s.in.head())}
	}
	if err := s.object(s.plan.path); err != nil {
		return err
	}
	return s.in.finish()
}

// object copies an object to the skeleton, but for what lies at path.
func (s *splitter) object(path []string) error {
	s.in.scanner.outer++
	defer func() { s.in.scanner.outer-- }()
	if err := s.in.expect('{'); err != nil {
		return err
	}
	s.skeleton = append(s.skeleton, '{')
	c, err := s.in.peek()
	if err != nil {
		return err
	}
	met := false
	for c != '}' {
		name, err := s.name()
		if err != nil {
			return err
		}
		if name == path[0] {
			if met {
				return fmt.Errorf("%s stands there twice: %w", name, errDamaged)
			}
			met = true
			err = s.step(path)
		} else {
			err = s.copy()
		}
		if err != nil {
			return err
		}
		if c, err = s.in.peek(); err != nil {
			return err
		}
		if c == ',' {
			s.in.pos++
			s.skeleton = append(s.skeleton, ',')
			if c, err = s.in.peek(); err == nil && c == '}' {
				err = s.in.damaged()
			}
			if err != nil {
				return err
			}
		} else if c != '}' {
			return s.in.damaged()
		}
	}
	s.in.pos++
	s.skeleton = append(s.skeleton, '}')
	return nil
}

// name copies a member's name and colon, and gives the name.
func (s *splitter) name() (string, error) {
	c, err := s.in.peek()
	if err != nil {
		return "", err
	}
	if c != '"' {
		return "", s.in.damaged()
	}
	raw, err := s.in.value(nil)
	if err != nil {
		return "", err
	}
	name, _ := jsontext.AppendUnquote(nil, raw) // scanned already
	if err := s.keep(raw); err != nil {
		return "", err
	}
	s.skeleton = append(s.skeleton, ':')
	return string(name), s.in.expect(':')
}

// step goes on at the value of the path's first key.
func (s *splitter) step(path []string) error {
	c, err := s.in.peek()
	switch {
	case err != nil:
		return err
	case len(path) > 1 && c == '{':
		return s.object(path[1:])
	case len(path) == 1 && s.plan.all && c == '{':
		return s.single()
	case len(path) == 1 && !s.plan.all && c == '[':
		return s.list()
	}
	return s.copy() // null, most likely: told when the skeleton is judged
}

// single takes the value as the one record.
func (s *splitter) single() error {
	before := s.in.broken
	record, _, err := s.in.record(nil)
	if err != nil {
		return err
	}
	s.broken = s.in.broken - before
	s.taken, s.items = true, 1
	s.skeleton = append(s.skeleton, '{', '}')
	return s.give(record, nil)
}

// list takes each element as a record.
func (s *splitter) list() error {
	s.in.scanner.outer++
	defer func() { s.in.scanner.outer-- }()
	s.in.pos++ // [
	s.taken = true
	s.skeleton = append(s.skeleton, '[', ']')
	c, err := s.in.peek()
	if err != nil {
		return err
	}
	for c != ']' {
		before := s.in.broken
		record, id, err := s.in.record(s.plan.id)
		if err != nil {
			return err
		}
		s.broken = s.in.broken - before
		if s.items++; s.plan.most > 0 && s.items > s.plan.most {
			return errOverfull
		}
		if err := s.give(record, id); err != nil {
			return err
		}
		if c, err = s.in.peek(); err != nil {
			return err
		}
		if c == ',' {
			s.in.pos++
		} else if c != ']' {
			return s.in.damaged()
		}
	}
	s.in.pos++
	return nil
}

func (s *splitter) give(record, id []byte) error {
	if err := s.take(record, id); err != nil {
		return &Refusal{err}
	}
	return nil
}

func (s *splitter) copy() error {
	value, err := s.in.value(nil)
	if err != nil {
		return err
	}
	if s.in.scanner.spaced {
		value = compact(value)
	}
	return s.keep(value)
}

func (s *splitter) keep(value []byte) error {
	if len(s.skeleton)+len(value) > s.most {
		return errOversize
	}
	s.skeleton = append(s.skeleton, value...)
	return nil
}
