package document

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"speckle-runner/internal/secret"
)

// maxExcerpt is how much of a line a problem shows, in characters.
const maxExcerpt = 120

// Text is the text of a file, by lines, for excerpts and for places inside a
// block of text.
type Text struct {
	Name   string
	lines  []string    // without their ends
	tokens bool        // there are some in the text
	secret map[int]int // line → column from which it is never shown
}

// NewText splits text where the YAML scanner does, so that both count the
// same lines.
func NewText(name, text string) *Text {
	s := &Text{Name: name}
	start := 0
	for i := 0; i < len(text); {
		width := lineBreak(text[i:])
		if width == 0 {
			i++
			continue
		}
		s.lines = append(s.lines, text[start:i])
		i += width
		start = i
	}
	s.lines = append(s.lines, text[start:])
	return s
}

// lineBreak gives the width of the line break that text begins with, or 0.
func lineBreak(text string) int {
	switch {
	case strings.HasPrefix(text, "\r\n"):
		return 2
	case text[0] == '\n' || text[0] == '\r':
		return 1
	case strings.HasPrefix(text, "\u0085"):
		return 2
	case strings.HasPrefix(text, "\u2028") || strings.HasPrefix(text, "\u2029"):
		return 3
	}
	return 0
}

func (s *Text) line(number int) string {
	if number < 1 || number > len(s.lines) {
		return ""
	}
	return s.lines[number-1]
}

// within gives a place that the text has: the parser puts a value that isn't there behind the end.
func (s *Text) within(line, col int) (int, int) {
	if last := len(s.lines); line > last {
		return last, utf8.RuneCountInString(s.lines[last-1]) + 1
	}
	return max(line, 1), max(col, 1)
}

// place gives line and column of a byte.
func (s *Text) place(text string, offset int) (line, col int) {
	upTo := NewText("", text[:offset])
	last := upTo.lines[len(upTo.lines)-1]
	return len(upTo.lines), utf8.RuneCountInString(last) + 1
}

// Hide keeps a line from being shown from a column on: a secret may stand
// there.
func (s *Text) Hide(line, col int) {
	if s.secret == nil {
		s.secret = map[int]int{}
	}
	if from, known := s.secret[line]; !known || col < from {
		s.secret[line] = col
	}
}

// excerpt gives a line fit for a screen, without tokens, and where its column
// is in that text.
func (s *Text) excerpt(line, col int) (text string, caret int) {
	whole := s.line(line)
	if from, hidden := s.secret[line]; hidden {
		whole, col = whole[:byteOf(whole, from-1)]+secret.Redacted, min(col, from)
	}
	whole, before := around(whole, col-1)
	shown, caret := masked(whole, before)
	for i, r := range shown {
		if r != '\t' && !unicode.IsPrint(r) {
			shown[i] = '\uFFFD' // a control character would act on the reader's terminal
		}
	}
	if strings.TrimSpace(string(shown)) == "" {
		return "", 0
	}
	caret = min(caret, len(shown))
	if from := caret - maxExcerpt/2; len(shown) > maxExcerpt && from > 0 {
		shown, caret = append([]rune("…"), shown[from:]...), caret-from+1
	}
	if len(shown) > maxExcerpt {
		shown = append(shown[:maxExcerpt:maxExcerpt], '…')
	}
	return strings.TrimRight(string(shown), " \t"), caret
}

// around gives the part of a very long line that an excerpt may show, and
// where at is in it: a file may be one line of a MiB. The ends lie so far away
// that no cut token is ever shown.
func around(line string, at int) (part string, moved int) {
	const far = 20 * maxExcerpt
	if len(line) <= 2*far {
		return line, at
	}
	runes := []rune(line)
	from := min(max(at-far, 0), len(runes))
	return string(runes[from:min(at+far, len(runes))]), at - from
}

// masked gives a line with its secrets masked, and the place in it that at was.
func masked(line string, at int) (text []rune, moved int) {
	moved = at
	last := 0
	for _, found := range secret.FindSecrets(line) {
		hidden := line[found[0]:found[1]]
		text = append(text, []rune(line[last:found[0]])...)
		start, length, stays := utf8.RuneCountInString(line[:found[0]]), utf8.RuneCountInString(hidden), []rune(secret.MaskFound(hidden))
		switch {
		case at >= start+length:
			moved += len(stays) - length
		case at > start:
			moved += start - at
		}
		text = append(text, stays...)
		last = found[1]
	}
	return append(text, []rune(line[last:])...), moved
}

// byteOf gives the offset of the nth character.
func byteOf(line string, n int) int {
	for i := range line {
		if n <= 0 {
			return i
		}
		n--
	}
	return len(line)
}
