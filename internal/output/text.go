package output

import (
	"strings"
	"unicode"
)

// line makes one line, at most limit bytes long, of a text that came from
// elsewhere.
func line(text string, limit int) string { return cut(oneLine(text), limit) }

// oneLine turns everything that doesn't print into spaces: line breaks,
// terminal codes, characters that reorder what stands around them.
func oneLine(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, strings.ToValidUTF8(text, "�"))
	return strings.Join(strings.Fields(text), " ")
}

// cut shortens a text to at most limit bytes, between characters.
func cut(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	const ellipsis = "…"
	end := max(limit-len(ellipsis), 0)
	for end > 0 && text[end]&0xc0 == 0x80 {
		end--
	}
	return text[:end] + ellipsis
}
