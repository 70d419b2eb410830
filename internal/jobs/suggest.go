package jobs

import (
	"fmt"
	"slices"
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
	limit := 1 + len(written)/3
	written = folded(written)
	if best := spelling.Nearest(written, known, strings.ToLower, limit); best != "" || len(written) < minBeginning {
		return best
	}
	begun := slices.DeleteFunc(slices.Clone(known), func(word string) bool { return !strings.HasPrefix(strings.ToLower(word), written) })
	if len(begun) == 1 {
		return begun[0]
	}
	return ""
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
