package record

import (
	"bytes"
	"context"
	"errors"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// ErrNotJSON is all that is told of a broken record: whoever filled the spool
// has checked it before.
var ErrNotJSON = errors.New("a record isn't JSON")

// Scanner walks one record of a spool. It finds where values begin and end
// and leaves the checking of what is between to whoever wrote the spool, which
// makes it twice as fast as a JSON decoder; a table walks every byte.
type Scanner struct {
	Text []byte
	At   int
}

// EachRecord calls take with a scanner at each record; take reads exactly that
// value. The text is valid UTF-8, also where the server's wasn't.
func EachRecord(ctx context.Context, r Records, take func(*Scanner) error) error {
	var s Scanner
	for record, err := range r.Lines(ctx) {
		if err != nil {
			return err
		}
		if !utf8.Valid(record) {
			record = bytes.ToValidUTF8(record, []byte("\ufffd"))
		}
		s.Text, s.At = record, 0
		if err := take(&s); err != nil {
			return err
		}
		if s.Peek() != 0 {
			return ErrNotJSON
		}
	}
	return nil
}

// Peek gives the next byte that isn't space, or 0 at the end.
func (s *Scanner) Peek() byte {
	for ; s.At < len(s.Text); s.At++ {
		if c := s.Text[s.At]; c > ' ' {
			return c
		}
	}
	return 0
}

// Take steps over c, if it comes next.
func (s *Scanner) Take(c byte) bool {
	if s.Peek() != c {
		return false
	}
	s.At++
	return true
}

// Member steps to the next value of an object whose brace is behind, and gives
// its quoted name; nil after the closing brace.
func (s *Scanner) Member(first bool) ([]byte, error) {
	if s.Take('}') {
		return nil, nil
	}
	if !first && !s.Take(',') || s.Peek() != '"' {
		return nil, ErrNotJSON
	}
	name, err := s.Quoted()
	if err != nil || !s.Take(':') {
		return nil, ErrNotJSON
	}
	return name, nil
}

// Value steps over a value and gives its text.
func (s *Scanner) Value() ([]byte, error) {
	switch c := s.Peek(); {
	case c == '"':
		return s.Quoted()
	case c == '{' || c == '[':
		return s.nested()
	case c == '-' || c >= '0' && c <= '9' || c == 't' || c == 'f' || c == 'n':
		start := s.At
		for s.At < len(s.Text) && !ends[s.Text[s.At]] {
			s.At++
		}
		return s.Text[start:s.At], nil
	default:
		return nil, ErrNotJSON
	}
}

// ends are the bytes that end a number or a word.
var ends = [256]bool{',': true, '}': true, ']': true, ' ': true, '\t': true, '\r': true, '\n': true}

// Quoted steps over a string and gives it with its quotes.
func (s *Scanner) Quoted() ([]byte, error) {
	start := s.At
	for at := start + 1; ; {
		i := bytes.IndexByte(s.Text[at:], '"')
		if i < 0 {
			return nil, ErrNotJSON
		}
		at += i + 1
		if !escaped(s.Text[start+1 : at-1]) {
			s.At = at
			return s.Text[start:at], nil
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
func (s *Scanner) nested() ([]byte, error) {
	start, depth := s.At, 0
	for s.At < len(s.Text) {
		switch s.Text[s.At] {
		case '"':
			if _, err := s.Quoted(); err != nil {
				return nil, err
			}
			continue
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		}
		s.At++
		if depth == 0 {
			return s.Text[start:s.At], nil
		}
	}
	return nil, ErrNotJSON
}

// Unquote gives the text of a JSON string, without a copy where it has no
// escapes.
func Unquote(scratch *[]byte, raw []byte) []byte {
	if bytes.IndexByte(raw, '\\') < 0 {
		return raw[1 : len(raw)-1]
	}
	// Its error tells of half surrogates, which it has replaced.
	*scratch, _ = jsontext.AppendUnquote((*scratch)[:0], raw)
	return *scratch
}
