package schedule

import (
	"strings"
	"unicode"
)

// word is a part of a spec between spaces.
type word struct {
	text   string
	offset int
}

func split(text string) []word {
	var words []word
	start := -1
	for i, r := range text + " " {
		switch space := unicode.IsSpace(r); {
		case space && start >= 0:
			words = append(words, word{text[start:i], start})
			start = -1
		case !space && start < 0:
			start = i
		}
	}
	return words
}

func join(words []word) string {
	texts := make([]string, len(words))
	for i, w := range words {
		texts[i] = w.text
	}
	return strings.Join(texts, " ")
}
