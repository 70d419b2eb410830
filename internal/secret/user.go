package secret

import (
	"slices"

	"speckle-runner/internal/pattern"
)

// addressUser finds what stands before the @ of an address, also where a text was cut within it.
var addressUser = pattern.New(`://([^/\s"'@…]+)(?:@|…)`)

// FindSecrets gives the [start, end) offsets of everything in text that looks like a Speckle
// token, or is the user and password of an address, in order.
func FindSecrets(text string) [][2]int {
	var found [][2]int
	for _, at := range addressUser().FindAllStringSubmatchIndex(text, -1) {
		found = append(found, [2]int{at[2], at[3]})
	}
	users := len(found)
	for _, token := range FindTokens([]byte(text)) {
		if !slices.ContainsFunc(found[:users], func(user [2]int) bool { return user[0] <= token[0] && token[1] <= user[1] }) {
			found = append(found, token)
		}
	}
	slices.SortFunc(found, func(a, b [2]int) int { return a[0] - b[0] })
	return found
}

// MaskAll is Mask that also replaces users and passwords of addresses.
func MaskAll(text string) string {
	var masked []byte
	last := 0
	for _, f := range FindSecrets(text) {
		masked = append(masked, text[last:f[0]]...)
		masked = append(masked, MaskFound(text[f[0]:f[1]])...)
		last = f[1]
	}
	return string(append(masked, text[last:]...))
}

// MaskFound gives what is shown in the place of one of FindSecrets.
func MaskFound(text string) string {
	if masked := Mask(text); masked != text && len(text) == tokenLength {
		return masked
	}
	return Redacted
}
