package batch

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

// windowSize is how much of an answer is held.
const windowSize = 32 << 10

var byteOrderMark = []byte("\ufeff")

// errNoArray ends a text that isn't an array of objects and nulls.
var errNoArray = errors.New("the answer to a batch isn't an array of answers")

// array reads a JSON array from a stream, entry by entry. What an entry holds is
// for its reader to judge: here only its end is looked for.
type array struct {
	in      *bufio.Reader
	begun   bool // an entry was come to
	whole   bool // it was read to its end
	depth   int  // of brackets that are open in it
	text    bool // inside of a string
	escaped bool // behind a backslash
	read    int64
}

func newArray(in io.Reader) *array { return &array{in: bufio.NewReaderSize(in, windowSize)} }

// open reports whether the text is an array, and enters it. Of any other text
// nothing but space and a byte order mark is taken.
func (a *array) open() (bool, error) {
	if mark, err := a.in.Peek(len(byteOrderMark)); err == nil && bytes.Equal(mark, byteOrderMark) {
		_, _ = a.in.Discard(len(mark)) // they are there
	}
	switch c, err := a.peek(); {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return false, nil // there is nothing
	case err != nil || c != '[':
		return false, err
	}
	_, _ = a.in.Discard(1)
	return true, nil
}

// peek gives the next byte that isn't space.
func (a *array) peek() (byte, error) {
	for {
		c, err := a.in.ReadByte()
		switch {
		case err != nil:
			return 0, unexpected(err)
		case c != ' ' && c != '\t' && c != '\r' && c != '\n':
			return c, a.in.UnreadByte()
		}
	}
}

// next comes to the next entry, behind one that was read to its end. There is
// none behind the last one. A null is passed over, and is reported as such.
func (a *array) next() (there, null bool, err error) {
	c, err := a.peek()
	if err != nil || c == ']' {
		return false, false, err
	}
	if a.begun {
		if c != ',' {
			return false, false, errNoArray
		}
		_, _ = a.in.Discard(1)
		if c, err = a.peek(); err != nil {
			return false, false, err
		}
	}
	a.begun, a.whole = true, false
	switch c {
	case '{':
		return true, false, nil
	case 'n':
		word, err := a.in.Peek(len("null"))
		if err != nil {
			return false, false, unexpected(err)
		}
		if string(word) != "null" {
			return false, false, errNoArray
		}
		_, _ = a.in.Discard(len(word))
		a.whole = true
		return true, true, nil
	}
	return false, false, errNoArray
}

// Read gives the entry's bytes, as they are.
func (a *array) Read(p []byte) (int, error) {
	if a.whole {
		return 0, io.EOF
	}
	if _, err := a.in.Peek(1); err != nil {
		return 0, unexpected(err)
	}
	window, _ := a.in.Peek(min(len(p), a.in.Buffered())) // they are there
	n := copy(p, window[:a.scan(window)])
	_, _ = a.in.Discard(n)
	a.read += int64(n)
	return n, nil
}

// scan gives how much of a window belongs to the entry.
func (a *array) scan(window []byte) int {
	for i, c := range window {
		switch {
		case a.escaped:
			a.escaped = false
		case a.text && c == '\\':
			a.escaped = true
		case c == '"':
			a.text = !a.text
		case a.text:
		case c == '{' || c == '[':
			a.depth++
		case c == '}' || c == ']':
			if a.depth--; a.depth == 0 {
				a.whole = true
				return i + 1
			}
		}
	}
	return len(window)
}

// unexpected names the end of a text that isn't over.
func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
