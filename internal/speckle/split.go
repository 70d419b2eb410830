package speckle

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"speckle-runner/internal/said"
	"speckle-runner/internal/speckle/query"
)

// plan says where in an answer the records are.
type plan struct {
	path []string // keys from the top: data, …, items; or data alone
	all  bool     // the value at path is the one record, and no list of them
	id   []byte   // quoted key of a record's id, nil: none

	limit, most int // records that a page is asked for, and that it may hold; 0: any number
}

// planFor gives the plan of a query.
func planFor(q *query.Query) plan {
	if q.Paging == nil {
		return plan{path: []string{"data"}, all: true}
	}
	path := append([]string{"data"}, q.Paging.Path...)
	p := plan{path: append(path, q.Paging.Items)}
	if q.Paging.IDKey != "" {
		p.id = []byte(`"` + q.Paging.IDKey + `"`) // a GraphQL name needs no escapes
	}
	return p
}

// receiver takes an answer's records as they arrive; an id is JSON text, nil
// without one. Both are valid until it returns.
type receiver func(record, id []byte) error

// refusal wraps a receiver's error, so that it isn't taken for the server's.
type refusal struct{ err error }

func (r *refusal) Error() string { return r.err.Error() }
func (r *refusal) Unwrap() error { return r.err }

// splitter reads one answer: records go to the receiver one by one, the rest
// is kept as the skeleton, where [] or {} stands for what was taken out.
type splitter struct {
	in       *stream
	plan     plan
	take     receiver
	skeleton []byte
	most     int  // largest skeleton
	taken    bool // the records' place was found
	items    int
	broken   int // characters of the record under way, or of single's, that were no Unicode

	words said.Words // how the server's texts are shown
}

// split reads a whole answer, which must be one JSON object.
func (s *splitter) split() error {
	first, err := s.in.peek()
	if err != nil {
		return err
	}
	if first != '{' {
		return noObject(http.StatusOK, s.in.head(), s.words)
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
			return s.plan.overfull()
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
		return &refusal{err}
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

// brokenAnswer makes an Error of what stopped a split; the receiver's own
// error stays itself.
func brokenAnswer(status int, in *stream, err error) error {
	if r, ok := errors.AsType[*refusal](err); ok {
		return r
	}
	e := &Error{Kind: BadAnswer, Status: status}
	if typed, ok := errors.AsType[*Error](err); ok {
		return typed
	}
	switch {
	case errors.Is(err, errOversize):
		e.Kind, e.Message = TooLarge, fmt.Sprintf("one piece of the answer is larger than this program takes, near byte %d", in.offset())
		e.Hint = "ask for fewer fields, or page the query"
	case errors.Is(err, io.ErrUnexpectedEOF) && in.failed == io.EOF && in.read == 0:
		e.Message, e.cut = "the answer is empty", true
		e.Hint = "nothing came with it: is the server just starting, or does a proxy answer in its place?"
	case errors.Is(err, io.ErrUnexpectedEOF) && in.failed == io.EOF:
		e.Message, e.cut = "the answer breaks off after "+said.Count(in.read, "byte"), true
	case errors.Is(err, errDamaged):
		e.Message = "the answer isn't whole JSON: " + err.Error()
	default:
		return err // of the network
	}
	return e
}

// overfull is the error of a page above its bound.
func (p *plan) overfull() *Error {
	at := strings.Join(p.path[1:len(p.path)-1], ".")
	return &Error{Kind: PagingFault, Status: 200, Path: at,
		Message: fmt.Sprintf("%s: a page holds more than %d records, where %d were asked for", at, p.most, p.limit),
		Hint:    "the server doesn't keep to the limit, or the page never ends: it isn't read on"}
}
