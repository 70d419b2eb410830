package said

import (
	"fmt"
	"strings"
)

// Quoted quotes text for a message, cut to what a line can hold.
func Quoted(text string) string {
	const most = 60
	return fmt.Sprintf("%q", Start(text, most))
}

// Either joins words for a message: a, b or c.
func Either(words []string) string { return joined(words, " or ") }

// Both joins words for a message: a, b and c.
func Both(words []string) string { return joined(words, " and ") }

func joined(words []string, last string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + last + words[len(words)-1]
}
