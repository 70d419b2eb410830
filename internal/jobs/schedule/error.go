package schedule

import (
	"strings"
	"unicode/utf8"
)

// Error says what is wrong with a spec, and where.
type Error struct {
	Message string // one line, without the spec
	Hint    string // what to write instead; may be empty
	Offset  int    // bytes from the start of the spec to the field or list item that is wrong
}

// Error gives message and hint in one line.
func (e *Error) Error() string {
	if e.Hint == "" {
		return e.Message
	}
	return e.Message + " (" + e.Hint + ")"
}

// quote shows text that is not understood. Long text is cut to its first ten
// characters: a token pasted into the wrong line must not be shown whole.
func quote(text string) string {
	if utf8.RuneCountInString(text) > 16 {
		text = string([]rune(text)[:10]) + "…"
	}
	return strings.ToValidUTF8(text, "�")
}
