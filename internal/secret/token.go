package secret

import (
	"slices"

	"speckle-runner/internal/pattern"
)

const (
	// tokenLength is that of a Speckle Personal Access Token: 10 hex digits of
	// id and 32 of secret, lower case, no prefix (speckle-server 51d43b91, token
	// creation). A longer run of hex digits is a hash, not a token.
	tokenLength = 42
	// idLength is how many digits of a token are its public id.
	idLength = 10
)

// escapeBefore is what may stand right before a token and ends in a letter or
// digit: an escape of JSON, Go or URLs, or a terminal's color.
var escapeBefore = pattern.New(`(\\[nrtbf]|\\x[0-9A-Fa-f]{2}|\\u[0-9A-Fa-f]{4}|%[0-9A-Fa-f]{2}|\[[0-9;]{1,8}m)$`)

// longestEscape is how much of a text before a token is looked at.
const longestEscape = 10

// FindTokens gives the [start, end) offsets of everything in text that looks
// like a Speckle token.
func FindTokens(text []byte) [][2]int {
	var found [][2]int
	for at := 0; at < len(text); at++ {
		if !isHex(text[at]) {
			continue
		}
		end := at
		for end < len(text) && isHex(text[end]) {
			end++
		}
		// The run's last digits: the first ones may belong to an escape.
		if start := end - tokenLength; start >= at && (end == len(text) || !alphanumeric(text[end])) && tokenMayBegin(text, start) {
			found = append(found, [2]int{start, end})
		}
		at = end
	}
	return found
}

func tokenMayBegin(text []byte, start int) bool {
	return start == 0 || !alphanumeric(text[start-1]) || escapeBefore().Match(text[max(0, start-longestEscape):start])
}

func isHex(c byte) bool { return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' }

func alphanumeric(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// Mask replaces the secret part of everything that looks like a token. The id
// stays: it is public and tells a person which token it was.
func Mask(text string) string {
	found := FindTokens([]byte(text))
	if found == nil {
		return text
	}
	masked := make([]byte, 0, len(text))
	last := 0
	for _, f := range found {
		masked = append(masked, text[last:f[0]+idLength]...)
		masked = append(masked, "…"+Redacted...)
		last = f[1]
	}
	return string(append(masked, text[last:]...))
}

// TokenID gives the public id of a token (its first ten digits), or "" when v
// doesn't look like a Speckle token.
func TokenID(v Value) string {
	if len(v.text) != tokenLength || len(FindTokens([]byte(v.text))) != 1 {
		return ""
	}
	return v.text[:idLength]
}

// TokenInArguments gives the place, from 1, of the first argument that holds a
// token; 0 is none.
func TokenInArguments(args []string) int {
	return 1 + slices.IndexFunc(args, func(arg string) bool { return len(FindTokens([]byte(arg))) > 0 })
}
