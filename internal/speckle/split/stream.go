package split

import (
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// Sizes of the window that a stream keeps of an answer: it begins small,
// because a thousand small runs may start in one second, and grows with the
// answer. Only a value larger than the window makes it grow beyond.
const (
	firstWindow  = 8 << 10
	steadyWindow = 128 << 10
)

// ErrDamaged is what a stream gives for something that is no JSON.
var ErrDamaged = errors.New("no JSON")

// ErrOversize is what a stream gives for a value above its limit.
var ErrOversize = errors.New("larger than allowed")

// stream reads JSON values from a reader through a window. What it returns
// is valid until the next call, and what lies in the window until turn.
type stream struct {
	in       io.Reader
	turn     func() error // before what was read leaves the window; it may give another one; may be nil
	buf      []byte
	pos, end int   // the unread part of buf
	read     int64 // bytes read from in
	failed   error // of in; io.EOF at its end
	largest  int   // largest value
	scanner  scanner
	broken   int    // characters of values read that were no Unicode
	mended   []byte // the last value that held bytes of no UTF-8, with U+FFFD instead
}

// offset is where in the whole text the next byte is.
func (s *stream) offset() int64 { return s.read - int64(s.end-s.pos) }

// fill reads on: once when the window is empty, else until it is full, so that
// a value that doesn't fit is scanned anew only when the window has doubled.
func (s *stream) fill() error {
	if s.failed != nil {
		return s.ended()
	}
	unread := s.end - s.pos
	if s.turn != nil {
		if err := s.turn(); err != nil {
			return err
		}
	}
	if s.pos > 0 {
		copy(s.buf, s.buf[s.pos:s.end])
		s.pos, s.end = 0, unread
	}
	if s.end == len(s.buf) || len(s.buf) < steadyWindow && s.read > int64(len(s.buf)) {
		s.grow()
	}
	for s.end < len(s.buf) && s.failed == nil {
		var n int
		n, s.failed = s.in.Read(s.buf[s.end:])
		s.end += n
		s.read += int64(n)
		if unread == 0 && n > 0 {
			break
		}
	}
	if s.end == unread {
		return s.ended()
	}
	return nil
}

func (s *stream) grow() {
	larger := make([]byte, max(2*len(s.buf), min(steadyWindow, 4*len(s.buf))))
	copy(larger, s.buf[:s.end])
	s.buf = larger
}

func (s *stream) ended() error {
	if s.failed == io.EOF { //nolint:errorlint // EOF itself only: a wrapped one is a cut
		return io.ErrUnexpectedEOF
	}
	return s.failed
}

// head gives the unread part of the window, more than its first bytes.
func (s *stream) head() []byte {
	_ = s.fill() // what there is will do
	return s.buf[s.pos:s.end]
}

// peek skips white space and gives the next byte, which stays unread.
func (s *stream) peek() (byte, error) {
	for {
		for s.pos < s.end {
			if c := s.buf[s.pos]; !blank(c) {
				return c, nil
			}
			s.pos++
		}
		if err := s.fill(); err != nil {
			return 0, err
		}
	}
}

// expect reads one byte of punctuation.
func (s *stream) expect(want byte) error {
	c, err := s.peek()
	if err != nil {
		return err
	}
	if c != want {
		return s.damaged()
	}
	s.pos++
	return nil
}

func (s *stream) damaged() error {
	if s.scanner.depth+s.scanner.outer >= maxDepth {
		return fmt.Errorf("at byte %d it is nested more than %d deep: %w", s.offset(), maxDepth, ErrDamaged)
	}
	return fmt.Errorf("at byte %d: %w", s.offset(), ErrDamaged)
}

// value reads one whole value, without white space. A member called key is
// found on the way: keyed gives its value.
func (s *stream) value(key []byte) ([]byte, error) {
	if _, err := s.peek(); err != nil {
		return nil, err
	}
	s.scanner.key = key
	for {
		end, v := s.scanner.scan(s.buf[:s.end], s.pos)
		if end-s.pos > s.largest {
			return nil, ErrOversize
		}
		switch v {
		case whole:
			value := s.buf[s.pos:end]
			s.pos = end
			return s.mend(value), nil
		case bad:
			s.pos = end
			return nil, s.damaged()
		}
		if s.end-s.pos > s.largest {
			return nil, ErrOversize
		}
		if err := s.fill(); err != nil {
			return nil, err
		}
	}
}

// mend counts what was broken in a value, and puts U+FFFD for bytes of no UTF-8.
func (s *stream) mend(value []byte) []byte {
	k := &s.scanner.broken
	s.broken += k.halves + k.bytes
	k.halves = 0
	if k.bytes == 0 {
		return value
	}
	s.mended = appendValid(s.mended[:0], value)
	if cap(s.mended) > steadyWindow { // not kept for a huge one
		value, s.mended = s.mended, nil
		return value
	}
	return s.mended
}

// appendValid appends text with U+FFFD for each byte that is no UTF-8.
func appendValid(to, text []byte) []byte {
	for len(text) > 0 {
		r, n := utf8.DecodeRune(text)
		to = utf8.AppendRune(to, r)
		text = text[n:]
	}
	return to
}

// record is value for a record: compact, with the value of its member called
// key, nil when it has none. Both stay in the window where it is kept.
func (s *stream) record(key []byte) (record, id []byte, kept bool, err error) {
	value, err := s.value(key)
	if err != nil {
		return nil, nil, false, err
	}
	kept = !s.scanner.spaced && s.scanner.broken.bytes == 0
	if end := s.scanner.keyEnd; end > 0 {
		id = s.buf[s.scanner.keyStart:end]
		if s.scanner.broken.bytes > 0 {
			id = appendValid(nil, id)
		}
	}
	if s.scanner.spaced {
		// The id's bytes move with the rest when white space goes.
		id = append([]byte(nil), id...)
		value = compact(value)
	}
	return value, id, kept, nil
}

// finish checks that nothing but white space follows.
func (s *stream) finish() error {
	_, err := s.peek()
	switch {
	case err == io.ErrUnexpectedEOF && s.failed == io.EOF: //nolint:errorlint // EOF itself only: a wrapped one is a cut
		return nil
	case err == nil:
		return fmt.Errorf("something follows its end, %w", s.damaged())
	}
	return err
}
