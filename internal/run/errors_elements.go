package run

import (
	"errors"

	"speckle-runner/internal/elements"
	"speckle-runner/internal/elements/bundle"
	"speckle-runner/internal/elements/graph"
	"speckle-runner/internal/speckle/version"
)

// elementsCauses name why a version gave no records, the same words each time.
// Each is of the version or of what the job wants of it: another attempt would
// meet it again.
var elementsCauses = []struct {
	is   func(error) bool
	name string
}{
	{as[*version.NoVersionError], "no version"},
	{as[*bundle.Error], "broken version"},
	{as[*bundle.MissingError], "broken version"},
	{as[*graph.Error], "broken version"},
	{as[*elements.UnknownPathError], "path"},
	{as[*elements.AmbiguousError], "path"},
	{as[*elements.NoMatchError], "no match"},
	{as[*elements.NoElementsError], "no elements"},
	{as[*elements.UnitsError], "units"},
}

// ofElements reports whether an error is of that kind.
func ofElements(err error) bool { return causeOfElements(err) != "" }

func causeOfElements(err error) string {
	for _, cause := range elementsCauses {
		if cause.is(err) {
			return cause.name
		}
	}
	return ""
}

func as[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}
