// Package said is the one way from a text that came from elsewhere, such as a
// server's or a receiver's answer, to a person. It takes secrets out, makes
// what doesn't print harmless, and only then cuts: half a secret isn't known
// as one. It reads nothing, and knows nothing of who said it.
package said

import (
	"slices"
	"strings"
	"unicode/utf8"

	"speckle-runner/internal/secret"
)

// MaxRaw is how many bytes of a text are looked at: what is shown is a small
// part of it. Who reads an answer to show it reads one byte more, so that a
// text that was cut is known as such.
const MaxRaw = 64 << 10

// Words shows texts without the secrets that a redactor knows, and without
// tokens. The zero value knows tokens alone.
type Words struct{ redactors []*secret.Redactor }

// With gives words without the secrets of redactors, which may learn more; a
// nil one knows nothing.
func With(redactors ...*secret.Redactor) Words {
	return Words{slices.DeleteFunc(redactors, func(r *secret.Redactor) bool { return r == nil })}
}

// Line makes one line of a text, of at most so many characters.
func (w Words) Line(text string, most int) string { return Cut(OneLine(w.start(text)), most) }

// LineWithin is Line where bytes count.
func (w Words) LineWithin(text string, bytes int) string {
	return Within(OneLine(w.start(text)), bytes)
}

// Start gives the beginning of a text, at most so many characters, with its
// spaces and line breaks: for what is quoted, or printed to a Screen.
func (w Words) Start(text string, most int) string { return Cut(w.start(text), most) }

// Text gives a whole text, with its line breaks.
func (w Words) Text(text string) string { return Escape(w.redact(text)) }

// start redacts as much of a text as can be shown. Where that ends before the
// text does, there may be half a secret: as much as one can be long is left out.
func (w Words) start(text string) string {
	if len(text) <= MaxRaw {
		return w.redact(text)
	}
	longest := 64 // a token is shorter
	for _, r := range w.redactors {
		longest = max(longest, r.Longest())
	}
	text = w.redact(text[:MaxRaw])
	return strings.ToValidUTF8(text[:max(0, len(text)-longest)], "") + mark
}

func (w Words) redact(text string) string {
	for _, r := range w.redactors {
		text = r.Text(text)
	}
	return secret.Mask(text)
}

// Line makes one line of a text, without tokens, of at most so many characters.
func Line(text string, most int) string { return Words{}.Line(text, most) }

// LineWithin is Line where bytes count.
func LineWithin(text string, bytes int) string { return Words{}.LineWithin(text, bytes) }

// Start gives the beginning of a text without tokens, for what is quoted.
func Start(text string, most int) string { return Words{}.Start(text, most) }

// mark stands where something is left out.
const mark = "…"

// Cut shortens a text to at most so many characters, and a mark that says so.
// Secrets must be out of it by then.
func Cut(text string, most int) string {
	if len(text) <= most || utf8.RuneCountInString(text) <= most {
		return text
	}
	end := 0
	for range most {
		_, size := utf8.DecodeRuneInString(text[end:])
		end += size
	}
	return marked(text[:end])
}

// Within is Cut where bytes count, the mark's too: it ends between characters.
func Within(text string, bytes int) string {
	if len(text) <= bytes {
		return text
	}
	end := max(bytes-len(mark), 0)
	for end > 0 && !utf8.RuneStart(text[end]) {
		end--
	}
	return marked(text[:end])
}

// marked adds the mark, once.
func marked(text string) string { return strings.TrimSuffix(text, mark) + mark }
