package run

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/go-json-experiment/json/jsontext"

	"speckle-runner/internal/pattern"
	"speckle-runner/internal/said"
	"speckle-runner/internal/secret"
	"speckle-runner/internal/speckle"
)

// askedError adds to what a server didn't find, or didn't show, the values
// that it was asked with: a wrong id is seen at once.
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

// secretName is in the names of variables that are never shown.
var secretName = pattern.New(`(?i)token|secret|passw|key|auth`)

// askedFor names the text values of a query's variables in an error that says
// that there is nothing for them.
func (q *asked) askedFor(err error, variables map[string]jsontext.Value) error {
	failed, typed := errors.AsType[*speckle.Error](err)
	if !typed || failed.Kind != speckle.NotFound && failed.Kind != speckle.NoAccess {
		return err
	}
	var shown []string
	for _, name := range slices.Sorted(maps.Keys(variables)) {
		var text string
		if json.Unmarshal(variables[name], &text) != nil || q.Paging != nil && name == q.Paging.CursorVar {
			continue // numbers and flags name nothing
		}
		if len(shown) == maxAskedValues {
			shown = append(shown, "…")
			break
		}
		shown = append(shown, "$"+name+" = "+plainly(name, text, q.reader.words()))
	}
	if len(shown) == 0 {
		return err
	}
	return &askedError{err, strings.Join(shown, ", ")}
}

// plainly shows a value, unless it looks like a secret.
func plainly(name, text string, words said.Words) string {
	if secretName().MatchString(name) {
		return secret.Redacted
	}
	text = words.Start(text, maxAskedText)
	if quoted := strconv.Quote(text); text == "" || strings.ContainsFunc(text, unicode.IsSpace) || len(quoted) != len(text)+2 {
		return quoted // so that a space around it is seen
	}
	return text
}
