package jobs

import (
	"runtime"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// sameName gives one text for names that are one file somewhere: Windows and
// macOS don't tell capital letters apart, macOS no two ways to write an accent.
func sameName(name string) string {
	return norm.NFC.String(strings.ToLower(strings.ToUpper(norm.NFC.String(name))))
}

// oneFile says of two different names, that are the same to sameName, where
// they are one file and why, and whether that is so here.
func oneFile(a, b string) (where, why string, here bool) {
	if !strings.EqualFold(a, b) {
		return "macOS", "it doesn't tell two ways to write an accent apart", system == "darwin"
	}
	return "Windows and macOS", "they don't tell capital letters apart", system == "darwin" || system == "windows"
}

// system is the operating system that paths are judged for.
var system = runtime.GOOS
