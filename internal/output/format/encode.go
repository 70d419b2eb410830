package format

import (
	"context"
	"fmt"
	"io"
	"speckle-runner/internal/output/record"
)

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

// Encode writes the records to w as f. It holds one record at a time, and
// fails when the number of records isn't r.Count: a cut spool must not pass
// for a whole export.
func Encode(ctx context.Context, w io.Writer, f Format, r record.Records, o Options) error {
	k, ok := kindOf(f.Name)
	if !ok {
		return fmt.Errorf("unknown format %q", f.Name)
	}
	if f.Compression == "" {
		return k.encode(ctx, w, r, o)
	}
	if !k.compress {
		return fmt.Errorf("unknown format %q", f)
	}
	out, err := compressed(w, f)
	if err != nil {
		return err
	}
	if err := k.encode(ctx, out, r, o); err != nil {
		return err // out holds memory only: nothing to close
	}
	return out.Close()
}
