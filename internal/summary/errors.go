package summary

import (
	"fmt"
	"strings"
)

// ValueError says that a record has a value that can't be counted with.
type ValueError struct {
	Record int64 // from 1
	Path   []string
	Got    string // what it is
	Want   string
}

// Error names the record.
func (e *ValueError) Error() string {
	if e.Path == nil {
		return fmt.Sprintf("summarize, on record %d: it is %s, not %s (let select make objects)", e.Record, e.Got, e.Want)
	}
	return fmt.Sprintf("summarize, on record %d: %s is %s, not %s (let select make one of it, or null, which doesn't count)",
		e.Record, strings.Join(e.Path, "."), e.Got, e.Want)
}

// GroupsError says that there are more groups than are held.
type GroupsError struct{ Record int64 }

// Error says what to do about it.
func (e *GroupsError) Error() string {
	return fmt.Sprintf("summarize, on record %d: there are more than %d groups, or their keys are longer than %d MiB (leave out of by what "+
		"is different in every record, such as an id)",
		e.Record, MaxGroups, maxKeyBytes>>20)
}

// UnitsError says that a figure would be made of values in different units.
type UnitsError struct {
	Record int64
	Name   string
	Group  string
	Units  [2]string
}

// Error names the group and its units.
func (e *UnitsError) Error() string {
	return fmt.Sprintf("summarize, on record %d: %s of the group %s would mix %s and %s "+
		"(put its unit into by, or choose one with where or select)",
		e.Record, e.Name, e.Group, unitNamed(e.Units[0]), unitNamed(e.Units[1]))
}

func unitNamed(unit string) string {
	if unit == "" {
		return "values without a unit"
	}
	return fmt.Sprintf("%q", unit)
}
