package record

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/width"
)

// MaxWidth bounds how far a value is measured.
const MaxWidth = 60

// TextWidth measures a text as wide as it looks, up to MaxWidth: letters of
// East Asia and pictures are two wide, accents nothing. Of several lines the
// first is what is seen.
func TextWidth(text []byte) int {
	wide := 0
	for len(text) > 0 && wide < MaxWidth {
		if text[0] < utf8.RuneSelf {
			if text[0] == '\n' {
				return wide
			}
			wide, text = wide+1, text[1:]
			continue
		}
		r, size := utf8.DecodeRune(text)
		wide, text = wide+runeWidth(r), text[size:]
	}
	return wide
}

func runeWidth(r rune) int {
	if unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf) {
		return 0
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	default:
		return 1
	}
}
