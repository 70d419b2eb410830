package diff

import (
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// Changes is what differs between two exports, record by record, joined by id.
type Changes struct {
	Since                   time.Time // tick of the export before
	Added, Removed, Changed List
	// NotCompared names fields that only one of the two exports has, when the
	// job's query or select is another one: they are no change of a record.
	NotCompared []string
}

// List is one kind of change: how many records, and those that were asked
// for. Added and changed ones come in the order of the export, removed ones by
// id.
type List struct {
	Count   int64
	Records []Record
}

// Record is one record of a change.
type Record struct {
	ID     jsontext.Value // a string or a number
	Name   string         // one line, at most 120 bytes
	Fields []string       // that differ, of a changed record
}
