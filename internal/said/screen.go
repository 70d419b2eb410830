package said

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// OneLine turns everything that doesn't show into single spaces: line breaks,
// terminal codes, characters that reorder what stands around them.
func OneLine(text string) string {
	text = strings.Map(func(r rune) rune {
		if shows(r) {
			return r
		}
		return ' '
	}, strings.ToValidUTF8(text, "\uFFFD"))
	return strings.Join(strings.Fields(text), " ")
}

// shows reports whether a character is seen, and changes nothing but its own
// place: neither a control code, nor one that turns the direction of others,
// nor one without a width.
func shows(r rune) bool {
	return unicode.IsGraphic(r) && !unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r)
}

// Turns reports whether a character turns the direction of those behind it until another
// one ends that: a text looks like another one then. The marks of languages that are
// written from right to left don't.
func Turns(r rune) bool { return r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 }

// Upright writes what turns others as Escape does, and nothing else: for a page, whose
// forms give a text back as they got it.
func Upright(text []byte) []byte {
	if !bytes.ContainsFunc(text, Turns) {
		return text
	}
	var out bytes.Buffer
	for _, r := range string(text) {
		if Turns(r) {
			fmt.Fprintf(&out, `\u%04x`, r)
		} else {
			out.WriteRune(r)
		}
	}
	return out.Bytes()
}

// Escape writes what doesn't show as JSON does, \u001b; line breaks and tabs
// stay. A JSON document means the same as before.
func Escape(text string) string {
	if harmless(text) {
		return text
	}
	var out strings.Builder
	for _, r := range text { // a byte that is no character comes as U+FFFD
		switch high, low := utf16.EncodeRune(r); {
		case r == '\n' || r == '\t' || shows(r):
			out.WriteRune(r)
		case high != unicode.ReplacementChar:
			fmt.Fprintf(&out, `\u%04x\u%04x`, high, low)
		default:
			fmt.Fprintf(&out, `\u%04x`, r)
		}
	}
	return out.String()
}

func harmless(text string) bool {
	for i, r := range text {
		if r == utf8.RuneError && text[i] != "\uFFFD"[0] || r != '\n' && r != '\t' && !shows(r) {
			return false
		}
	}
	return true
}

// Screen is what a person looks at, now or when a pipe's end is shown: what is
// written to it gets there escaped, whatever a server, a job file or an older
// ledger made of it.
type Screen struct{ to io.Writer }

// NewScreen makes one of a stream.
func NewScreen(to io.Writer) *Screen { return &Screen{to} }

// Unwrap gives the stream, for what draws on a terminal by itself.
func (s *Screen) Unwrap() io.Writer { return s.to }

// Write escapes a text. Whoever writes hands over whole characters.
func (s *Screen) Write(text []byte) (int, error) {
	if _, err := io.WriteString(s.to, Escape(string(text))); err != nil {
		return 0, err
	}
	return len(text), nil
}
