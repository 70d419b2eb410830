package record

import (
	"bytes"
	"fmt"
	"strconv"
	"time"

	"speckle-runner/internal/pattern"
)

// MisfitError says that a value isn't of its column's type. The value itself
// isn't told: it may be anything.
type MisfitError struct {
	Record int64 // of the file, from 1
	Column string
	Type   string
	Why    string // where the type is from, "" when that isn't known
	What   string // the value is: "text", "a number with a fraction"
	Said   bool   // the job itself gave the type
}

// Error names the record and the way out.
func (e *MisfitError) Error() string {
	name, why := columnName(e.Column), ""
	if e.Why != "" {
		why = " (" + e.Why + ")"
	}
	text := fmt.Sprintf("record %d: %s in column %s, whose type is %s%s: make it fit in select, or ", e.Record, e.What, name, e.Type, why)
	if e.Said {
		return text + fmt.Sprintf("give the column type: %s", e.fits())
	}
	return text + fmt.Sprintf("list the output's columns, this one as {name: %s, type: %s}", name, e.fits())
}

// fits names a type that would have taken the value.
func (e *MisfitError) fits() string {
	switch {
	case e.Type == "int" && e.What == fraction:
		return "double"
	case e.Type == "date" && e.What == aTime:
		return "timestamp"
	default:
		return "string"
	}
}

// plainColumn is made when first needed: all letters of Unicode take half a
// millisecond of each start.
var plainColumn = pattern.New(`^[\pL\pN_][\pL\pN_.-]*$`)

// columnName writes a column's name so that it can be copied into a job file.
func columnName(name string) string {
	const most = 100
	if runes := []rune(name); len(runes) > most {
		name = string(runes[:most]) + "…"
	}
	if plainColumn().MatchString(name) {
		return name
	}
	return strconv.Quote(name)
}

// Misfit gives the error of a record whose value in one of the columns doesn't
// fit: what says what it is. Beside says which record it is.
func Misfit(columns []Column, i int, what string) error {
	c := columns[i]
	return &MisfitError{Column: Headers(columns)[i], Type: c.Type, Why: c.Why, What: what, Said: c.Said}
}

// What values are that don't fit.
const (
	fraction = "a number with a fraction"
	aTime    = "a date with a time"
)

// Misfit says what a value is that the kind can't hold; "" is one that fits.
func (k Kind) Misfit(kind CellKind, text []byte) string {
	switch {
	case k == KindText, k == KindBool && kind == CellBool:
		return ""
	case k == KindInt && kind == CellNumber:
		return intMisfit(text)
	case k == KindFloat && kind == CellNumber:
		return floatMisfit(text)
	case k == KindTime && kind == CellText:
		if _, ok := Instant(text); ok {
			return ""
		}
	case k == KindDate && kind == CellText:
		if _, ok := Day(text); ok {
			return ""
		}
	}
	return k.described(kind, text)
}

func intMisfit(text []byte) string {
	if _, ok := Whole(text); ok {
		return ""
	}
	if n, ok := Float(text); ok && n > -maxExact && n < maxExact {
		return fraction
	}
	return "a number beyond 64 bits"
}

func floatMisfit(text []byte) string {
	n, ok := Float(text)
	if !ok {
		return "a number that is too large"
	}
	const safe = 15 // digits that a float64 always keeps
	if len(text) > safe && !bytes.ContainsAny(text, ".eE") && strconv.FormatFloat(n, 'f', -1, 64) != string(text) {
		return "a whole number of more digits than a double keeps"
	}
	return ""
}

// described says what a value is in the words of the kind that it was to be.
func (k Kind) described(kind CellKind, text []byte) string {
	switch kind {
	case CellBool:
		return "true or false"
	case CellNumber:
		return "a number"
	case cellJSON:
		if text[0] == '[' {
			return "a list"
		}
		return "an object"
	}
	if len(text) == 0 {
		return "an empty text"
	}
	if k == KindTime || k == KindDate {
		return describedTime(text)
	}
	return "text"
}

func describedTime(text []byte) string {
	if _, ok := Day(text); ok {
		return "a date without a time"
	}
	if at, ok := moment(text); ok {
		if at.Nanosecond()%1000 != 0 {
			return "a time finer than a microsecond"
		}
		return aTime
	}
	if _, err := time.Parse("2006-01-02T15:04:05", string(text)); err == nil {
		return "a time without a zone"
	}
	return "text that is no date or time"
}

// Check is one column of a table whose values are to fit a type.
type Check struct {
	Column int
	Kind   Kind
}

// Checks gives the columns that are checked in a table without types.
func Checks(columns []Column) []Check {
	var checks []Check
	for i, c := range columns {
		if kind, known := kindOfType(c.Type); known && c.Checked {
			checks = append(checks, Check{i, kind})
		}
	}
	return checks
}

// AllChecked has every type checked, for a format whose files carry their types. One
// that may give way stays as it is.
func AllChecked(columns []Column) []Column {
	all := make([]Column, len(columns))
	for i, c := range columns {
		c.Checked = c.Type != "" && !c.Soft
		all[i] = c
	}
	return all
}
