package output

import (
	"bytes"
	"context"
	"errors"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// errNotJSON is all that is told of a broken record: whoever filled the spool
// has checked it before.
var errNotJSON = errors.New("a record isn't JSON")

// scanner walks one record of a spool. It finds where values begin and end
// and leaves the checking of what is between to whoever wrote the spool, which
// makes it twice as fast as a JSON decoder; a table walks every byte.
type scanner struct {
	text []byte
	at   int
}

// eachRecord calls take with a scanner at each record; take reads exactly that
// value. The text is valid UTF-8, also where the server's wasn't.
func eachRecord(ctx context.Context, r Records, take func(*scanner) error) error {
	var s scanner
	for record, err := range r.Lines(ctx) {
		if err != nil {
			return err
		}
		if !utf8.Valid(record) {
			record = bytes.ToValidUTF8(record, []byte("\ufffd"))
		}
		s.text, s.at = record, 0
		if err := take(&s); err != nil {
			return err
		}
		if s.peek() != 0 {
			return errNotJSON
		}
	}
	return nil
}

// peek gives the next byte that isn't space, or 0 at the end.
func (s *scanner) peek() byte {
	for ; s.at < len(s.text); s.at++ {
		if c := s.text[s.at]; c > ' ' {
			return c
		}
	}
	return 0
}

// take steps over c, if it comes next.
func (s *scanner) take(c byte) bool {
	if s.peek() != c {
		return false
	}
	s.at++
	return true
}

// member steps to the next value of an object whose brace is behind, and gives
// its quoted name; nil after the closing brace.
func (s *scanner) member(first bool) ([]byte, error) {
	if s.take('}') {
		return nil, nil
	}
	if !first && !s.take(',') || s.peek() != '"' {
		return nil, errNotJSON
	}
	name, err := s.quoted()
	if err != nil || !s.take(':') {
		return nil, errNotJSON
	}
	return name, nil
}

// value steps over a value and gives its text.
func (s *scanner) value() ([]byte, error) {
	switch c := s.peek(); {
	case c == '"':
		return s.quoted()
	case c == '{' || c == '[':
		return s.nested()
	case c == '-' || c >= '0' && c <= '9' || c == 't' || c == 'f' || c == 'n':
		start := s.at
		for s.at < len(s.text) && !ends[s.text[s.at]] {
			s.at++
		}
		return s.text[start:s.at], nil
	default:
		return nil, errNotJSON
	}
}

// ends are the bytes that end a number or a word.
var ends = [256]bool{',': true, '}': true, ']': true, ' ': true, '\t': true, '\r': true, '\n': true}

// quoted steps over a string and gives it with its quotes.
func (s *scanner) quoted() ([]byte, error) {
	start := s.at
	for at := start + 1; ; {
		i := bytes.IndexByte(s.text[at:], '"')
		if i < 0 {
			return nil, errNotJSON
		}
		at += i + 1
		if !escaped(s.text[start+1 : at-1]) {
			s.at = at
			return s.text[start:at], nil
		}
	}
}

// escaped reports whether the byte after text is escaped.
func escaped(text []byte) bool {
	n := 0
	for n < len(text) && text[len(text)-1-n] == '\\' {
		n++
	}
	return n%2 == 1
}

// nested steps over an object or a list. Their brackets are only counted.
func (s *scanner) nested() ([]byte, error) {
	start, depth := s.at, 0
	for s.at < len(s.text) {
		switch s.text[s.at] {
		case '"':
			if _, err := s.quoted(); err != nil {
				return nil, err
			}
			continue
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		}
		s.at++
		if depth == 0 {
			return s.text[start:s.at], nil
		}
	}
	return nil, errNotJSON
}

// unquote gives the text of a JSON string, without a copy where it has no
// escapes.
func unquote(scratch *[]byte, raw []byte) []byte {
	if bytes.IndexByte(raw, '\\') < 0 {
		return raw[1 : len(raw)-1]
	}
	// Its error tells of half surrogates, which it has replaced.
	*scratch, _ = jsontext.AppendUnquote((*scratch)[:0], raw)
	return *scratch
}
