package secret

import "regexp"

// tokenPattern is a Speckle Personal Access Token: 10 hex digits of id and 32
// of secret, lower case, no prefix (speckle-server 51d43b91, token creation).
// A longer run of hex digits is a hash, not a token.
var tokenPattern = regexp.MustCompile(`(^|[^0-9A-Za-z])([0-9a-f]{42})($|[^0-9A-Za-z])`)

// idLength is how many digits of a token are its public id.
const idLength = 10

// FindTokens gives the [start, end) offsets of everything in text that looks
// like a Speckle token.
func FindTokens(text []byte) [][2]int {
	var found [][2]int
	for at := 0; at < len(text); {
		m := tokenPattern.FindSubmatchIndex(text[at:])
		if m == nil {
			break
		}
		found = append(found, [2]int{at + m[4], at + m[5]})
		at += m[5] // the character behind a token may stand before the next one
	}
	return found
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
	if len(v.text) != 42 || len(FindTokens([]byte(v.text))) != 1 {
		return ""
	}
	return v.text[:idLength]
}
