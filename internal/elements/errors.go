package elements

import (
	"errors"
	"fmt"
	"strings"
	"syscall"
)

// Unread gives what the system said where a file of a version that was brought here couldn't be
// read, as when a process has too many files open: that says nothing of the version. Else nil.
func Unread(err error) error {
	if said, ok := errors.AsType[syscall.Errno](err); ok {
		return said
	}
	return nil
}

// AmbiguousError says that a path is the ending of several.
type AmbiguousError struct {
	Path       string
	Candidates []string
}

func (e *AmbiguousError) Error() string {
	return fmt.Sprintf("the path %q is the ending of %d: write more of it: %s", e.Path, len(e.Candidates), listed(e.Candidates))
}

// UnknownPathError says that no element of a version has a path.
type UnknownPathError struct {
	Path    string
	Nearest []string
}

func (e *UnknownPathError) Error() string {
	message := fmt.Sprintf("no element of the version has the path %q", e.Path)
	if len(e.Nearest) > 0 {
		message += "; similar: " + listed(e.Nearest)
	}
	return message
}

// NoElementsError says that a version has no element at all.
type NoElementsError struct {
	Beside string // what is known of it all the same, "" for nothing
}

func (e *NoElementsError) Error() string {
	message := "the version has no building elements at all"
	if e.Beside != "" {
		message += ", " + e.Beside
	}
	return message + ": allow_empty: true allows that"
}

// NoMatchError says that no element is as Where wants it.
type NoMatchError struct {
	Where    []Condition
	Elements int64
	Nearest  []string // values that are there, and are nearly as Where says
}

func (e *NoMatchError) Error() string {
	terms := make([]string, len(e.Where))
	for i, c := range e.Where {
		values := make([]string, len(c.Any))
		for j, v := range c.Any {
			values[j] = v.String()
		}
		terms[i] = c.Name + ": " + strings.Join(values, " or ")
	}
	message := fmt.Sprintf("none of the version's %d elements matches where (%s)", e.Elements, strings.Join(terms, ", "))
	if len(e.Nearest) > 0 {
		message += "; similar: " + listed(e.Nearest)
	}
	return message + ": allow_empty: true allows that"
}

// UnitsError says that columns have values of several units, which nobody could add up.
type UnitsError struct {
	Columns []ColumnUnits
}

// ColumnUnits is a column and the units in it, "" for none.
type ColumnUnits struct {
	Column string
	Units  []string
}

func (e *UnitsError) Error() string {
	terms := make([]string, len(e.Columns))
	for i, c := range e.Columns {
		units := make([]string, len(c.Units))
		for j, u := range c.Units {
			units[j] = u
			if u == "" {
				units[j] = "no unit"
			}
		}
		terms[i] = c.Column + " (" + strings.Join(units, ", ") + ")"
	}
	return "values of one column differ in unit: " + listed(terms) + "; units: true gives each its unit beside it"
}

// shown is how many things an error lists.
const shown = 10

func listed(all []string) string {
	if len(all) > shown {
		return strings.Join(all[:shown], ", ") + fmt.Sprintf(" and %d more", len(all)-shown)
	}
	return strings.Join(all, ", ")
}
