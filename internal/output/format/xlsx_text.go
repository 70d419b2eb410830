package format

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// appendXML writes text as XML, with Excel's _xHHHH_ for the characters that
// XML can't hold. A text that looks like such an escape is escaped itself.
func appendXML(to, text []byte) []byte {
	for len(text) > 0 {
		plain := bytes.IndexFunc(text, special)
		if plain < 0 {
			return append(to, text...)
		}
		to, text = append(to, text[:plain]...), text[plain:]
		r, size := utf8.DecodeRune(text)
		switch {
		case r == '&':
			to = append(to, "&amp;"...)
		case r == '<':
			to = append(to, "&lt;"...)
		case r == '>':
			to = append(to, "&gt;"...)
		case r == '"':
			to = append(to, "&quot;"...)
		case r == '_' && !looksEscaped(text):
			to = append(to, '_')
		default:
			to = fmt.Appendf(to, "_x%04X_", r)
		}
		text = text[size:]
	}
	return to
}

// retyped reports whether Excel would make something else of a text that
// somebody types: a formula, a number, a date, true or false.
func retyped(text []byte) bool {
	if len(text) == 0 {
		return false
	}
	switch c := text[0]; {
	case strings.IndexByte("=+-@'", c) >= 0:
		return true
	case c >= '0' && c <= '9' || c == '.':
		return len(text) <= maxTyped && len(bytes.Trim(text, "0123456789.,:/%-+eE ")) == 0
	}
	return bytes.EqualFold(text, []byte("true")) || bytes.EqualFold(text, []byte("false"))
}

// maxTyped is longer than any number or date that somebody types.
const maxTyped = 400

func special(r rune) bool {
	return r < ' ' && r != '\t' && r != '\n' || r == '&' || r == '<' || r == '>' || r == '"' || r == '_' || r == 0xfffe || r == 0xffff
}

// looksEscaped reports whether text begins as _xHHHH_ does. What comes behind
// the digits doesn't count: it may be written as an escape, which begins with
// the underscore that is missing.
func looksEscaped(text []byte) bool {
	if len(text) < 6 || text[1] != 'x' {
		return false
	}
	_, err := strconv.ParseUint(string(text[2:6]), 16, 16)
	return err == nil
}

func utf16Len(text []byte) int {
	n := 0
	for _, r := range string(text) {
		n++
		if r > 0xffff {
			n++
		}
	}
	return n
}

// SheetError says that the records are more than a sheet of a workbook takes.
type SheetError struct{ text string }

func (e *SheetError) Error() string { return e.text }
