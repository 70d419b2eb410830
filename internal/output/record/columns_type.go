package record

import (
	"bytes"
	"math"
	"strconv"
	"time"
)

// Kind is what all values of a column are, for formats with types.
type Kind byte

// The kinds, in the order of their names.
const (
	KindText  Kind = iota // anything, written as CSV would write it
	KindBool              // true or false
	KindInt               // whole numbers of 64 bits
	KindFloat             // numbers
	KindTime              // instants, as RFC 3339 writes them
	KindDate              // days without a time, as 2026-03-02; only where a type says so
	columnKinds
)

// columnTypes are the types' names, by kind.
var columnTypes = [columnKinds]string{"string", "boolean", "int", "double", "timestamp", "date"}

// Types lists the types of columns by name, for messages and the schema.
func Types() []string { return []string{"string", "int", "double", "boolean", "date", "timestamp"} }

// TypeOf gives the type of a column that holds a GraphQL scalar; "" for others
// than these, and for free JSON: they are what the data is.
func TypeOf(scalar string) string {
	switch scalar {
	case "Int", "BigInt":
		return "int"
	case "Float":
		return "double"
	case "Boolean":
		return "boolean"
	case "DateTime":
		return "timestamp"
	case "String", "ID":
		return "string"
	default:
		return ""
	}
}

// kindOfType reads a type's name.
func kindOfType(name string) (kind Kind, known bool) {
	for kind, one := range columnTypes {
		if one == name {
			return Kind(kind), true
		}
	}
	return KindText, false
}

// maxExact is the largest integer up to which float64 has every one.
const maxExact = 1 << 53

func integer(text []byte) (int64, bool) {
	if len(text) > 20 {
		return 0, false
	}
	n, err := strconv.ParseInt(string(text), 10, 64)
	return n, err == nil
}

// Whole reads a number without a fraction, however it is written: 2, 2.0, 2e3.
func Whole(text []byte) (int64, bool) {
	if n, ok := integer(text); ok {
		return n, true
	}
	if digits, fraction, dot := bytes.Cut(text, []byte(".")); dot && len(bytes.TrimRight(fraction, "0")) == 0 {
		return integer(digits)
	}
	const short = 16 // more digits than that a float64 may have rounded away
	n, ok := Float(text)
	if !ok || len(text) > short || n != math.Trunc(n) || math.Abs(n) >= maxExact {
		return 0, false
	}
	return int64(n), true
}

// Float reads a number as a float64 holds it.
func Float(text []byte) (float64, bool) {
	n, err := strconv.ParseFloat(string(text), 64)
	return n, err == nil
}

// Instant reads RFC 3339 down to microseconds, which is what tables hold.
func Instant(text []byte) (time.Time, bool) {
	at, ok := moment(text)
	return at, ok && at.Nanosecond()%1000 == 0
}

// moment reads RFC 3339.
func moment(text []byte) (time.Time, bool) {
	const shortest = len("2006-01-02T15:04:05Z")
	if len(text) < shortest || len(text) > len(time.RFC3339Nano) || text[4] != '-' || text[10] != 'T' {
		return time.Time{}, false
	}
	var at time.Time
	err := at.UnmarshalText(text) // RFC 3339 to the letter, and without an allocation
	return at, err == nil
}

// Day reads a date without a time.
func Day(text []byte) (time.Time, bool) {
	if len(text) != len(time.DateOnly) {
		return time.Time{}, false
	}
	at, err := time.Parse(time.DateOnly, string(text))
	return at, err == nil
}
