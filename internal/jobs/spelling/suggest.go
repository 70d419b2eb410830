package spelling

import (
	"fmt"
	"slices"
	"strings"
)

// Meant gives the known word that a written one was meant to be, or "".
func Meant(written string, known []string) string {
	if len(written) > 40 {
		return ""
	}
	limit := 1 + len(written)/3
	written = Folded(written)
	if best := Nearest(written, known, strings.ToLower, limit); best != "" || len(written) < minBeginning {
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

// Folded writes a word as keys are written.
func Folded(word string) string {
	return strings.ToLower(strings.NewReplacer("-", "_", " ", "_").Replace(word))
}

// DidYouMean is Meant as a hint.
func DidYouMean(written string, known []string) string {
	if word := Meant(written, known); word != "" {
		return fmt.Sprintf("did you mean %s?", word)
	}
	return ""
}
