package jobs

import (
	"fmt"
	"strings"
	"unicode"

	"speckle-runner/internal/jobs/spelling"
	"speckle-runner/internal/said"
)

// shown quotes text for a message, cut to what a line can hold.
func shown(text string) string {
	const most = 60
	return fmt.Sprintf("%q", said.Start(text, most))
}

// isPrintable reports whether a character can be shown on a terminal.
func isPrintable(r rune) bool { return unicode.IsPrint(r) }

// nearest gives the known word that a written one was meant to be, or "".
func nearest(written string, known []string) string {
	if len(written) > 40 {
		return ""
	}
	best, distance := "", 1+len(written)/3
	written = folded(written)
	var begun []string // words that begin with the written one
	for _, word := range known {
		lower := strings.ToLower(word)
		if written == lower {
			return word
		}
		if len(written) >= minBeginning && strings.HasPrefix(lower, written) {
			begun = append(begun, word)
		}
		if longer := len(word) - len(written); longer >= distance || -longer >= distance {
			continue // as many edits at least
		}
		if d := spelling.Distance(written, lower); d < distance {
			best, distance = word, d
		}
	}
	if best == "" && len(begun) == 1 {
		return begun[0]
	}
	return best
}

// minBeginning is how many letters of a word are enough to know it by, where it
// is the only one.
const minBeginning = 4

// folded writes a word as keys are written.
func folded(word string) string {
	return strings.ToLower(strings.NewReplacer("-", "_", " ", "_").Replace(word))
}

// didYouMean is nearest as a hint.
func didYouMean(written string, known []string) string {
	if word := nearest(written, known); word != "" {
		return fmt.Sprintf("did you mean %s?", word)
	}
	return ""
}

// listed joins words for a message: a, b or c.
func listed(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
}
