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
func Either(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
}
