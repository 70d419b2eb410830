package jq

import (
	"errors"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

var errEscape = errors.New(`no escape of JSON behind a \`)

// string reads a text behind its opening quote.
func (r *reader) string() (string, error) {
	start, ascii := r.at, true
	for ; r.at < len(r.text); r.at++ {
		switch c := r.text[r.at]; {
		case c == '"':
			text := r.text[start:r.at]
			r.at++
			if !ascii {
				text = valid(text)
			}
			return text, nil
		case c == '\\':
			return r.escaped(start)
		case c < ' ':
			return "", errors.New("a control character in a text")
		case c >= utf8.RuneSelf:
			ascii = false
		}
	}
	return "", errEnd
}

// valid puts U+FFFD for each byte that is no UTF-8.
func valid(text string) string {
	if utf8.ValidString(text) {
		return text
	}
	return string([]rune(text))
}

// escaped reads a text that has escapes in it.
func (r *reader) escaped(start int) (string, error) {
	text := append(make([]byte, 0, 2*(r.at-start)+32), r.text[start:r.at]...)
	for r.at < len(r.text) {
		c := r.text[r.at]
		r.at++
		switch {
		case c == '"':
			return valid(string(text)), nil
		case c < ' ':
			return "", errors.New("a control character in a text")
		case c != '\\':
			text = append(text, c)
			continue
		}
		if r.at == len(r.text) {
			break
		}
		c = r.text[r.at]
		r.at++
		if c == 'u' {
			char, is := r.unicode()
			if !is {
				return "", errEscape
			}
			text = utf8.AppendRune(text, char)
			continue
		}
		const short, long = `"\/bfnrt`, "\"\\/\b\f\n\r\t"
		i := strings.IndexByte(short, c)
		if i < 0 {
			return "", errEscape
		}
		text = append(text, long[i])
	}
	return "", errEnd
}

// unicode reads the digits of a \u, and those of the \u that makes a pair with
// it; half a pair is U+FFFD.
func (r *reader) unicode() (rune, bool) {
	first, is := r.hex()
	if !is || !utf16.IsSurrogate(first) {
		return first, is
	}
	if strings.HasPrefix(r.text[r.at:], `\u`) {
		before := r.at
		r.at += 2
		second, is := r.hex()
		if !is {
			return 0, false
		}
		if char := utf16.DecodeRune(first, second); char != utf8.RuneError {
			return char, true
		}
		r.at = before // a character of its own
	}
	return utf8.RuneError, true
}

func (r *reader) hex() (rune, bool) {
	if len(r.text)-r.at < 4 {
		return 0, false
	}
	n, err := strconv.ParseUint(r.text[r.at:r.at+4], 16, 16)
	r.at += 4
	return rune(n), err == nil
}
