package output

import (
	"bytes"
	"context"
	"math"
	"strconv"
	"time"
)

// columnKind is what all values of a column are, for formats with types.
type columnKind byte

const (
	columnText  columnKind = iota // anything, written as CSV would write it
	columnBool                    // true or false
	columnInt                     // whole numbers of 64 bits
	columnFloat                   // numbers
	columnTime                    // instants, as RFC 3339 writes them
	columnDate                    // days without a time, as 2026-03-02; only where a type says so
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
func kindOfType(name string) (kind columnKind, known bool) {
	for kind, one := range columnTypes {
		if one == name {
			return columnKind(kind), true
		}
	}
	return columnText, false
}

// columnStats is what one reading of the records tells of a column.
type columnStats struct {
	want   columnKind
	typed  bool              // want is its type
	soft   bool              // the type gives way
	misfit bool              // a value doesn't fit it
	seen   [columnKinds]bool // by kind, where the type may give way
	large  bool              // an integer that a float64 would change
	width  int               // characters of the longest value, up to maxWidth
}

// maxWidth bounds how far a value is measured.
const maxWidth = 60

// tableStats reads all records and looks at every cell. A value that doesn't
// fit a type that is to hold is an error.
func tableStats(ctx context.Context, r Records, columns []Column) ([]columnStats, error) {
	stats := make([]columnStats, len(columns))
	for i, c := range columns {
		stats[i].want, stats[i].typed = kindOfType(c.Type)
		stats[i].soft = c.Soft
	}
	rows := newRowReader(columns)
	record := int64(0)
	err := eachRecord(ctx, r, func(s *scanner) error {
		record++
		if err := rows.read(s); err != nil {
			return err
		}
		for i := range rows.cells {
			kind, text := rows.cell(i)
			if kind == cellNull {
				continue
			}
			if what := stats[i].see(kind, text); what != "" && columns[i].Checked {
				return misfit(columns, i, record, what)
			}
		}
		return nil
	})
	return stats, err
}

// see takes a value, and says what it is when it doesn't fit the type.
func (c *columnStats) see(kind cellKind, text []byte) (what string) {
	if c.width < maxWidth {
		c.width = max(c.width, textWidth(text))
	}
	if c.typed {
		what = c.want.misfit(kind, text)
		c.misfit = c.misfit || what != ""
		if !c.soft {
			return what
		}
	}
	c.infer(kind, text)
	return what
}

// infer notes what an untyped column would have to be for this value.
func (c *columnStats) infer(kind cellKind, text []byte) {
	switch kind {
	case cellBool:
		c.seen[columnBool] = true
	case cellNumber:
		c.number(text)
	case cellText:
		if c.seen[columnText] {
			return // it can't become anything else
		}
		_, ok := instant(text)
		c.seen[columnTime] = c.seen[columnTime] || ok
		c.seen[columnText] = !ok
	default:
		c.seen[columnText] = true
	}
}

// maxExact is the largest integer up to which float64 has every one.
const maxExact = 1 << 53

func (c *columnStats) number(text []byte) {
	if n, ok := integer(text); ok {
		c.seen[columnInt] = true
		c.large = c.large || n > maxExact || n < -maxExact
		return
	}
	if _, ok := float(text); ok && bytes.ContainsAny(text, ".eE") {
		c.seen[columnFloat] = true
		return
	}
	c.seen[columnText] = true // beyond 64 bits: only text keeps it
}

// kind decides what a column is: its type, which keeps the schema the same from
// day to day, also on the day when all values of a double are whole, and when
// there is no value. Without one it is what the values are; those that don't
// fit each other make the column text: nothing is lost.
func (c *columnStats) kind() columnKind {
	if c.holds() {
		return c.want
	}
	found := 0
	for _, seen := range c.seen {
		if seen {
			found++
		}
	}
	numbers := c.seen[columnInt] || c.seen[columnFloat]
	switch {
	case found == 1 && c.seen[columnInt]:
		return columnInt
	case numbers && !c.large && !c.seen[columnText] && !c.seen[columnBool] && !c.seen[columnTime]:
		return columnFloat
	case found == 1 && c.seen[columnBool]:
		return columnBool
	case found == 1 && c.seen[columnTime]:
		return columnTime
	default:
		return columnText
	}
}

// holds reports whether the column is of its type.
func (c *columnStats) holds() bool { return c.typed && (!c.soft || !c.misfit) }

// known reports whether there is more to the column's kind than that it had no
// value to tell it.
func (c *columnStats) known() bool { return c.holds() || c.seen != [columnKinds]bool{} }

// settled gives the columns with the types that they were written with; "" of
// one that had neither a type nor a value: the next export decides.
func settled(columns []Column, stats []columnStats) []Column {
	typed := make([]Column, len(columns))
	for i, c := range columns {
		if c.Type = ""; stats[i].known() {
			c.Type = columnTypes[stats[i].kind()]
		}
		typed[i] = c
	}
	return typed
}

// InferTypes reads all records and gives each column that has no type the one
// that they give it: for several files that have to be alike.
func InferTypes(ctx context.Context, r Records, columns []Column) ([]Column, error) {
	loose := make([]Column, len(columns))
	for i, c := range columns {
		c.Checked = false // whoever writes the file tells which record of it doesn't fit
		loose[i] = c
	}
	stats, err := tableStats(ctx, r, loose)
	if err != nil {
		return nil, err
	}
	typed := settled(columns, stats)
	for i := range typed {
		typed[i].Soft = false
	}
	return typed, nil
}

func integer(text []byte) (int64, bool) {
	if len(text) > 20 || string(text) == "-0" {
		return 0, false
	}
	n, err := strconv.ParseInt(string(text), 10, 64)
	return n, err == nil
}

// whole reads a number without a fraction, however it is written: 2, 2.0, 2e3.
func whole(text []byte) (int64, bool) {
	if n, ok := integer(text); ok {
		return n, true
	}
	if digits, fraction, dot := bytes.Cut(text, []byte(".")); dot && len(bytes.TrimRight(fraction, "0")) == 0 {
		return integer(digits)
	}
	const short = 16 // more digits than that a float64 may have rounded away
	n, ok := float(text)
	if !ok || len(text) > short || n != math.Trunc(n) || math.Abs(n) >= maxExact {
		return 0, false
	}
	return int64(n), true
}

func float(text []byte) (float64, bool) {
	n, err := strconv.ParseFloat(string(text), 64)
	return n, err == nil
}

// instant reads RFC 3339 down to microseconds, which is what tables hold.
func instant(text []byte) (time.Time, bool) {
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

// day reads a date without a time.
func day(text []byte) (time.Time, bool) {
	if len(text) != len(time.DateOnly) {
		return time.Time{}, false
	}
	at, err := time.Parse(time.DateOnly, string(text))
	return at, err == nil
}
