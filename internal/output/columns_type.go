package output

import (
	"bytes"
	"context"
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
)

// columnStats is what one reading of the records tells of a column.
type columnStats struct {
	seen  [5]bool // by kind
	large bool    // an integer that a float64 would change
	width int     // characters of the longest value, up to maxWidth
}

// maxWidth bounds how far a value is measured.
const maxWidth = 60

// tableStats reads all records and looks at every cell.
func tableStats(ctx context.Context, r Records, columns []Column) ([]columnStats, error) {
	stats := make([]columnStats, len(columns))
	rows := newRowReader(columns)
	err := eachRecord(ctx, r, func(s *scanner) error {
		if err := rows.read(s); err != nil {
			return err
		}
		for i := range rows.cells {
			if kind, text := rows.cell(i); kind != cellNull {
				stats[i].see(kind, text)
			}
		}
		return nil
	})
	return stats, err
}

func (c *columnStats) see(kind cellKind, text []byte) {
	if c.width < maxWidth {
		c.width = max(c.width, textWidth(text))
	}
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

// kind decides what a column is. The query's type, where it is known, keeps
// the schema the same from day to day: a Float stays one on the day when all
// values are whole, and a name that looks like a date stays text. Values that
// don't fit their type, or each other, make the column text: nothing is lost.
func (c *columnStats) kind(declared string) columnKind {
	want := declaredKind(declared)
	found := 0
	for _, seen := range c.seen {
		if seen {
			found++
		}
	}
	numbers := c.seen[columnInt] || c.seen[columnFloat]
	switch {
	case found == 0:
		return want.kind
	case want.known && want.kind == columnText:
		return columnText
	case found == 1 && c.seen[columnInt] && (want.kind != columnFloat || c.large):
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

type declaration struct {
	kind  columnKind
	known bool
}

// declaredKind reads a GraphQL scalar. Others than these, and free JSON, are
// what the data is.
func declaredKind(scalar string) declaration {
	switch scalar {
	case "Int", "BigInt":
		return declaration{columnInt, true}
	case "Float":
		return declaration{columnFloat, true}
	case "Boolean":
		return declaration{columnBool, true}
	case "DateTime":
		return declaration{columnTime, true}
	case "String", "ID":
		return declaration{columnText, true}
	default:
		return declaration{}
	}
}

func integer(text []byte) (int64, bool) {
	if len(text) > 20 || string(text) == "-0" {
		return 0, false
	}
	n, err := strconv.ParseInt(string(text), 10, 64)
	return n, err == nil
}

func float(text []byte) (float64, bool) {
	n, err := strconv.ParseFloat(string(text), 64)
	return n, err == nil
}

// instant reads RFC 3339 down to microseconds, which is what tables hold.
func instant(text []byte) (time.Time, bool) {
	const shortest = len("2006-01-02T15:04:05Z")
	if len(text) < shortest || len(text) > len(time.RFC3339Nano) || text[4] != '-' || text[10] != 'T' {
		return time.Time{}, false
	}
	var at time.Time
	err := at.UnmarshalText(text) // RFC 3339 to the letter, and without an allocation
	return at, err == nil && at.Nanosecond()%1000 == 0
}
