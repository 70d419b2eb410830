package format

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"speckle-runner/internal/output/record"
)

// encodeJSON writes the record itself, or an array with one record a line:
// valid JSON for every number of records, and still readable with a pager.
func encodeJSON(ctx context.Context, w io.Writer, r record.Records, o Options) error {
	out := sticky{bufio.NewWriterSize(w, record.ReadSize)}
	before, after := "[\n", "\n]\n"
	if o.Single {
		before, after = "", "\n"
	}
	out.text(before)
	written := 0
	for record, err := range r.Lines(ctx) {
		if err != nil {
			return err
		}
		if written > 0 {
			if o.Single {
				return fmt.Errorf("a single record was expected, there are %d", r.Count)
			}
			out.text(",\n")
		}
		if _, err := out.Write(record); err != nil {
			return err
		}
		written++
	}
	if written == 0 {
		if o.Single {
			return fmt.Errorf("a single record was expected, there is none")
		}
		after = "]\n"
	}
	out.text(after)
	return out.Flush()
}

// sticky is a buffer whose first error comes back from Flush.
type sticky struct{ *bufio.Writer }

func (s sticky) text(text string) { _, _ = s.WriteString(text) }

// Taker is a file that may become plain NDJSON without a copy: it takes over the
// blocks of the spool that holds the records. It says false, and nothing is
// written, where that can't be.
type Taker interface {
	TakeOver(ctx context.Context, r record.Records) (bool, error)
}

// encodeNDJSON copies the spool. Uncompressed, into a staged file, it is not
// even copied.
func encodeNDJSON(ctx context.Context, w io.Writer, r record.Records, _ Options) error {
	if to, ok := w.(Taker); ok {
		if done, err := to.TakeOver(ctx, r); done || err != nil {
			return err
		}
	}
	in, err := r.Open()
	if err != nil {
		return fmt.Errorf("open records: %w", err)
	}
	defer in.Close()
	var count record.LineCount
	if err := record.CopyAll(ctx, io.MultiWriter(w, &count), in); err != nil {
		return err
	}
	if count.Open {
		if _, err := w.Write([]byte("\n")); err != nil {
			return err
		}
		count.Lines++
	}
	return r.CheckCount(count.Lines)
}
