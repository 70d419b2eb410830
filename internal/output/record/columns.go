package record

import (
	"fmt"
	"strings"
)

// ValueColumn heads the only column of records that are no objects, as a
// select that gives strings makes them.
const ValueColumn = "value"

// maxColumns is what the widest spreadsheet takes, and a bound on memory when
// free JSON has ids for keys.
const maxColumns = 16384

// maxDepth is how deep columns are looked for; an object below it is JSON text.
// Without a bound, a record of ten thousand nested objects would make as many
// paths of as many keys.
const maxDepth = 64

// Column is one column of a table.
type Column struct {
	Name string   // header; "" is JoinPath(Path)
	Path []string // keys from the record down; empty is the record itself
	List bool     // at a list: the cell is JSON text
	Free bool     // the columns are the paths below it that the data has
	Type string   // one of Types, "" what the data is
	Why  string   // where the type is from, for who reads that a value isn't of it
	Said bool     // the job itself gave the type

	// Doubts are how much of Path leads to what may be a list in place of an object,
	// from the record on. One that is a list is a column, as JSON text, in place of
	// those below it.
	Doubts []int

	// Empty says of one that was Free, or had Doubts, that the data had nothing at
	// Path, or at Path[:Above] where Above isn't 0.
	Empty bool
	Above int

	// Blank is a column that a table has from before, and that nobody asks for any
	// more: its cells are empty, whatever a record has under its name.
	Blank bool

	// Checked makes a value that isn't of the type an error, also in a table
	// whose format has no types. Parquet checks all but those that are Soft.
	Checked bool
	// Soft lets a type go that a value doesn't fit.
	Soft bool
}

// header gives the text of a column's head.
func (c Column) header() string {
	switch {
	case c.Name != "":
		return c.Name
	case len(c.Path) == 0:
		return ValueColumn
	default:
		return JoinPath(c.Path)
	}
}

// Names gives the columns' names, of which two may be the same.
func Names(columns []Column) []string {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.header()
	}
	return names
}

// Headers gives the columns' heads, each different: a second "a" is "a (2)".
// Readers of tables merge or drop columns of one name without a word.
func Headers(columns []Column) []string {
	seen := make(map[string]bool, len(columns))
	names := make([]string, len(columns))
	for i, c := range columns {
		name := c.header()
		for n := 2; seen[name]; n++ {
			name = fmt.Sprintf("%s (%d)", c.header(), n)
		}
		seen[name] = true
		names[i] = name
	}
	return names
}

// pathEscaper keeps the key "a.b" apart from b inside a.
var pathEscaper = strings.NewReplacer(`\`, `\\`, `.`, `\.`)

// JoinPath writes keys as a dotted path; a dot inside a key becomes "\.".
func JoinPath(path []string) string {
	escaped := make([]string, len(path))
	for i, key := range path {
		escaped[i] = pathEscaper.Replace(key)
	}
	return strings.Join(escaped, ".")
}

// SplitPath reads a dotted path as JoinPath writes it.
func SplitPath(dotted string) []string {
	var path []string
	var key strings.Builder
	for i := 0; i < len(dotted); i++ {
		switch c := dotted[i]; {
		case c == '.':
			path = append(path, key.String())
			key.Reset()
		case c == '\\' && i+1 < len(dotted) && (dotted[i+1] == '.' || dotted[i+1] == '\\'):
			i++
			key.WriteByte(dotted[i])
		default:
			key.WriteByte(c)
		}
	}
	return append(path, key.String())
}
