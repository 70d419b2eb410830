package secret

import (
	"cmp"
	"slices"

	"speckle-runner/internal/pattern"
)

// addressUser finds what stands before the @ of an address, also where a text was cut within it.
var addressUser = pattern.New(`://([^/\s"'@…]+)(?:@|…)`)

// FindSecrets gives the [start, end) offsets of everything in text that looks like a Speckle
// token, is the user and password of an address, or is what makes an address a secret, in order.
func FindSecrets(text string) [][2]int {
	found := secretPaths(text)
	for _, at := range addressUser().FindAllStringSubmatchIndex(text, -1) {
		found = append(found, [2]int{at[2], at[3]})
	}
	found = append(found, FindTokens([]byte(text))...)
	slices.SortFunc(found, func(a, b [2]int) int { return cmp.Or(a[0]-b[0], b[1]-a[1]) })
	apart := found[:0]
	for _, f := range found {
		if last := len(apart) - 1; last >= 0 && f[0] < apart[last][1] {
			apart[last][1] = max(apart[last][1], f[1])
			continue
		}
		apart = append(apart, f)
	}
	return apart
}

// MaskAll is Mask that also replaces what FindSecrets finds in addresses.
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
