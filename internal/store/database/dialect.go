package database

import (
	"fmt"
	"strings"
	"sync"
)

// dialect holds the few words that the two databases spell differently. A
// statement is written once, with these words in braces:
//
//	{now}            the database's clock, in microseconds
//	{timestamp}      the same, as a column of timestamps holds it
//	{timestamp X}    X microseconds, as a column of timestamps holds it
//	{errors with X}  the column errors, a list, with the JSON text X added
//	{list A text, B bigint}  the rows of the JSON array $1
//	{for update}     a row lock, where rows can be locked
type dialect struct {
	words map[string]string // those without an argument
	list  func(columns []column) string
	time  string // with one %s
	error string // with one %s

	cache sync.Map // statement as written → as sent
}

type column struct{ name, kind string }

func newSQLiteDialect() *dialect {
	return &dialect{
		words: map[string]string{
			"now":        "CAST(unixepoch('subsec') * 1000000 AS INTEGER)",
			"timestamp":  "datetime('now', 'subsec')",
			"for update": "",
		},
		list: func(columns []column) string {
			picked := make([]string, len(columns))
			for i, c := range columns {
				picked[i] = fmt.Sprintf("value->>'%s' AS %s", c.name, c.name)
			}
			return "(SELECT " + strings.Join(picked, ", ") + " FROM jsonb_each($1)) AS v"
		},
		time:  "strftime('%%Y-%%m-%%d %%H:%%M:%%f', (%s) / 1000000.0, 'unixepoch')",
		error: "jsonb_insert(coalesce(errors, jsonb('[]')), '$[#]', json(%s))",
	}
}

func newPostgresDialect() *dialect {
	return &dialect{
		words: map[string]string{
			"now":        "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint",
			"timestamp":  "now()",
			"for update": "FOR UPDATE",
		},
		list: func(columns []column) string {
			typed := make([]string, len(columns))
			for i, c := range columns {
				typed[i] = c.name + " " + c.kind
			}
			return "json_to_recordset($1::json) AS v(" + strings.Join(typed, ", ") + ")"
		},
		time:  "to_timestamp((%s) / 1000000.0)",
		error: "array_append(errors, (%s)::jsonb)",
	}
}

// sql gives a statement in this database's words.
func (d *dialect) sql(text string) string {
	if sent, ok := d.cache.Load(text); ok {
		return sent.(string)
	}
	var out strings.Builder
	rest := text
	for {
		before, after, found := strings.Cut(rest, "{")
		out.WriteString(before)
		if !found {
			break
		}
		word, tail, _ := strings.Cut(after, "}")
		out.WriteString(d.word(word))
		rest = tail
	}
	d.cache.Store(text, out.String())
	return out.String()
}

func (d *dialect) word(word string) string {
	if plain, ok := d.words[word]; ok {
		return plain
	}
	if columns, ok := strings.CutPrefix(word, "list "); ok {
		return d.list(parseColumns(columns))
	}
	if arg, ok := strings.CutPrefix(word, "timestamp "); ok {
		return fmt.Sprintf(d.time, arg)
	}
	if arg, ok := strings.CutPrefix(word, "errors with "); ok {
		return fmt.Sprintf(d.error, arg)
	}
	panic("database: a statement holds {" + word + "}, which no dialect knows")
}

func parseColumns(text string) []column {
	var columns []column
	for part := range strings.SplitSeq(text, ",") {
		name, kind, _ := strings.Cut(strings.TrimSpace(part), " ")
		columns = append(columns, column{name, kind})
	}
	return columns
}
