package run

import (
	"strconv"
	"strings"
	"unicode"

	"speckle-runner/internal/pattern"
	"speckle-runner/internal/said"
	"speckle-runner/internal/secret"
)

// askedError adds to an error about something not found the values that the server
// was asked with, so that a wrong id is seen at once.
type askedError struct {
	err    error
	values string
}

func (e *askedError) Error() string { return e.err.Error() + "; asked with " + e.values }
func (e *askedError) Unwrap() error { return e.err }

// Bounds on what such an error shows.
const (
	maxAskedValues = 4
	maxAskedText   = 60 // characters of a value
)

// secretName matches names of variables whose values are never shown.
var secretName = pattern.New(`(?i)token|secret|passw|key|auth`)

// shownValue shows a value, unless it looks like a secret.
func shownValue(name, text string, words said.Words) string {
	if secretName().MatchString(name) {
		return secret.Redacted
	}
	text = words.Start(text, maxAskedText)
	if quoted := strconv.Quote(text); text == "" || strings.ContainsFunc(text, unicode.IsSpace) || len(quoted) != len(text)+2 {
		return quoted // so that a space around it is seen
	}
	return text
}
