package format

import "speckle-runner/internal/output/record"

// Options shapes an encoded file.
type Options struct {
	Single       bool            // .json holds the record itself, not an array
	Columns      []record.Column // of a table; none: FindColumns
	FormulaGuard bool            // CSV: ' before text that Excel would run
	BOM          bool            // CSV: start with a byte order mark, for old Excel
	Separator    string          // CSV: one character; "" is a comma
	NoHeader     bool            // CSV: rows only
	Report       *Report         // filled when not nil
}

// Report is what an encoding saw beside the records.
type Report struct {
	Absent []string // columns that no record had, not even as null
	Notes  []string // what else somebody should know who opens the file
	// Columns are those of a format with types, as they were written: "" is the
	// type of one that had none, and no value to tell it.
	Columns []record.Column
}
