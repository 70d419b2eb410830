package split

import (
	"bytes"
	"fmt"
	"io"

	"github.com/go-json-experiment/json/jsontext"
)

// New gives one that reads from a reader through windows, in which a value may
// grow to largest.
func New(in io.Reader, windows *Windows, largest int) *Splitter {
	first := windows.take()
	s := &Splitter{
		in:    &stream{in: &markless{in: in}, buf: first.buf, largest: largest},
		queue: queue{windows: windows, least: worthwhile, pending: first.records[:0]},
	}
	s.in.turn = s.turn
	return s
}

// Split reads a whole answer, which must be one JSON object.
func (s *Splitter) Split() error {
	defer func() { s.queue.windows.put(window{s.in.buf, s.queue.pending}) }()
	first, err := s.in.peek()
	if err != nil {
		return err
	}
	if first != '{' {
		return &NoObjectError{bytes.Clone(s.in.head())}
	}
	err = s.object(s.Plan.Path)
	if err == nil {
		err = s.in.finish()
	}
	// What came before an error is taken, and may be refused, before it.
	if refused := s.settle(); refused != nil {
		return refused
	}
	s.Items = s.listed
	return err
}

// object copies an object to the skeleton, but for what lies at path.
func (s *Splitter) object(path []string) error {
	s.in.scanner.outer++
	defer func() { s.in.scanner.outer-- }()
	if err := s.in.expect('{'); err != nil {
		return err
	}
	s.Skeleton = append(s.Skeleton, '{')
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
				return fmt.Errorf("%s stands there twice: %w", name, ErrDamaged)
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
			s.Skeleton = append(s.Skeleton, ',')
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
	s.Skeleton = append(s.Skeleton, '}')
	return nil
}

// name copies a member's name and colon, and gives the name.
func (s *Splitter) name() (string, error) {
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
	s.Skeleton = append(s.Skeleton, ':')
	return string(name), s.in.expect(':')
}

// step goes on at the value of the path's first key.
func (s *Splitter) step(path []string) error {
	c, err := s.in.peek()
	switch {
	case err != nil:
		return err
	case len(path) > 1 && c == '{':
		return s.object(path[1:])
	case len(path) == 1 && s.Plan.All && c == '{':
		return s.single()
	case len(path) == 1 && !s.Plan.All && c == '[':
		return s.list()
	}
	return s.copy() // null, most likely: told when the skeleton is judged
}

// single takes the value as the one record.
func (s *Splitter) single() error {
	before := s.in.broken
	record, _, _, err := s.in.record(nil)
	if err != nil {
		return err
	}
	s.Taken, s.listed = true, 1
	s.Skeleton = append(s.Skeleton, '{', '}')
	return s.give(record, nil, s.in.broken-before)
}

// list takes each element as a record.
func (s *Splitter) list() error {
	s.in.scanner.outer++
	defer func() { s.in.scanner.outer-- }()
	s.in.pos++ // [
	s.Taken = true
	s.Skeleton = append(s.Skeleton, '[', ']')
	c, err := s.in.peek()
	if err != nil {
		return err
	}
	for c != ']' {
		before := s.in.broken
		record, id, kept, err := s.in.record(s.Plan.ID)
		if err != nil {
			return err
		}
		if s.listed++; s.Plan.Most > 0 && s.listed > s.Plan.Most {
			return ErrOverfull
		}
		if kept {
			s.enqueue(len(record), s.in.broken-before)
		} else if err = s.giveNow(record, id, s.in.broken-before); err != nil {
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

func (s *Splitter) copy() error {
	value, err := s.in.value(nil)
	if err != nil {
		return err
	}
	if s.in.scanner.spaced {
		value = compact(value)
	}
	return s.keep(value)
}

func (s *Splitter) keep(value []byte) error {
	if len(s.Skeleton)+len(value) > s.Most {
		return ErrOversize
	}
	s.Skeleton = append(s.Skeleton, value...)
	return nil
}
