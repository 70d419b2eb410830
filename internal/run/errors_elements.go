package run

import (
	"errors"

	"speckle-runner/internal/elements"
	"speckle-runner/internal/elements/bundle"
	"speckle-runner/internal/elements/graph"
	"speckle-runner/internal/speckle/version"
)

// elementsCauses names why a version gave no records. Each cause lies in the version or
// in what the job asks of it: another attempt would meet it again.
var elementsCauses = []struct {
	is   func(error) bool
	name string
}{
	{as[*version.NoVersionError], "no version"},
	{func(err error) bool { return ofVersion(err) && elements.Unread(err) == nil }, "broken version"},
	{as[*elements.UnknownPathError], "path"},
	{as[*elements.AmbiguousError], "path"},
	{as[*elements.NoMatchError], "no match"},
	{as[*elements.NoElementsError], "no elements"},
	{as[*elements.UnitsError], "units"},
}

// ofVersion reports whether an error is of a version's files: of what they hold, or of reading
// them here.
func ofVersion(err error) bool {
	return as[*bundle.Error](err) || as[*bundle.MissingError](err) || as[*graph.Error](err)
}

// ofElements reports whether an error has one of these causes.
func ofElements(err error) bool { return causeOfElements(err) != "" }

func causeOfElements(err error) string {
	for _, cause := range elementsCauses {
		if cause.is(err) {
			return cause.name
		}
	}
	return ""
}

// as reports whether an error is, or wraps, one of type E.
func as[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}
