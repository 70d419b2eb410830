package document

import (
	"bytes"
	"fmt"
	"unicode/utf8"

	"speckle-runner/internal/said"
	"speckle-runner/internal/secret"
)

// MaxBytes is the largest job or query file that is read.
const MaxBytes = 1 << 20

// maxTokens is how many pasted tokens are told of: all have to go anyway.
const maxTokens = 20

// Readable checks what must hold before anybody parses: size, encoding, no
// control characters, no tokens. It reports whether parsing makes sense.
func Readable(src *Text, data []byte, problems *Collector) bool {
	text := string(data)
	switch bad := firstBad(data); {
	case len(data) > MaxBytes:
		problems.Add(src, 1, 1, Problem{Message: "the file is larger than 1 MiB"})
		return false
	case bytes.HasPrefix(data, []byte("\xff\xfe")) || bytes.HasPrefix(data, []byte("\xfe\xff")):
		problems.Add(src, 1, 1, Problem{Message: "the file is UTF-16", Hint: "save it as UTF-8"})
		return false
	case bad >= 0:
		line, col := src.place(text, bad)
		r, width := utf8.DecodeRuneInString(text[bad:])
		message, hint := fmt.Sprintf("the control character %U", r), "save the file as plain UTF-8 text"
		if said.Turns(r) {
			message = fmt.Sprintf("the character %U, which turns the direction of what stands behind it: the file looks like another one", r)
			hint = fmt.Sprintf(`remove it; where it is meant, write "\u%04X" in quotes`, r)
		}
		if r == utf8.RuneError && width == 1 {
			message = fmt.Sprintf("the byte 0x%02X isn't UTF-8", text[bad])
		}
		problems.Add(src, line, col, Problem{Message: message, Hint: hint})
		return false
	}
	for i, found := range secret.FindTokens(data) {
		if i == maxTokens {
			break
		}
		line, col := src.place(text, found[0])
		problems.Add(src, line, col, pastedToken())
		src.tokens = true
	}
	return true
}

// pastedToken is the problem of a token in a file that others read.
func pastedToken() Problem {
	return Problem{Message: "this looks like a Speckle token",
		Hint: "put it into an environment variable, name that in token_env, and make a new token: this one has been in a file"}
}

// firstBad gives the first byte that no text file holds, or -1. What YAML
// can't hold is refused by its parser, without a place.
func firstBad(data []byte) int {
	for i := 0; i < len(data); {
		r, width := utf8.DecodeRune(data[i:])
		switch {
		case r == utf8.RuneError && width == 1,
			r < ' ' && r != '\t' && r != '\n' && r != '\r',
			r >= 0x7f && r < 0xa0 && r != 0x85,
			r == 0xfffe || r == 0xffff,
			r == 0xfeff && i > 0, said.Turns(r):
			return i
		}
		i += width
	}
	return -1
}
