package format

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"speckle-runner/internal/output/record"
	"strings"
)

// ByteOrderMark tells Excel before 2019 that a file is UTF-8.
const ByteOrderMark = "\xef\xbb\xbf"

// Comma separates cells where nothing else is said.
const Comma = ","

// encodeCSV writes RFC 4180 with one change: a line ends in LF alone. Excel,
// Power BI and every parser take both, and with CRLF the last column carries
// a stray CR through awk, cut and grep.
func encodeCSV(ctx context.Context, w io.Writer, r record.Records, o Options) error {
	columns, err := record.TableColumns(ctx, r, o.Columns)
	if err != nil {
		return err
	}
	head, err := newCSVWriter(o)
	if err != nil {
		return err
	}
	names := record.Headers(columns)
	if !o.NoHeader {
		head.header(names, o.BOM)
		if err := head.flush(w); err != nil {
			return err
		}
	}
	var workers []*csvWorker
	err = record.Beside(ctx, r, func() *csvWorker {
		worker := &csvWorker{csvWriter: *head, columns: columns, rows: record.NewRowReader(columns), checks: record.Checks(columns)}
		worker.buf, worker.guarded = nil, nil
		workers = append(workers, worker)
		return worker
	}, func(worker *csvWorker) error { return worker.flush(w) })
	if err != nil {
		return err
	}
	if o.Report != nil {
		o.Report.Notes = doubled(columns)
	}
	if o.Report != nil && r.Count != 0 {
		readers := make([]*record.RowReader, len(workers))
		for i, worker := range workers {
			readers[i] = worker.rows
		}
		o.Report.Absent = record.Absent(names, readers)
	}
	return nil
}

// csvWorker writes lines of some of the records.
type csvWorker struct {
	csvWriter
	columns []record.Column
	rows    *record.RowReader
	checks  []record.Check
}

// Record writes a record's line.
func (w *csvWorker) Record(s *record.Scanner) (full bool, err error) {
	if err := w.rows.Read(s); err != nil {
		return false, err
	}
	for _, c := range w.checks {
		if kind, text := w.rows.Cell(c.Column); kind != record.CellNull {
			if what := c.Kind.Misfit(kind, text); what != "" {
				return false, record.Misfit(w.columns, c.Column, what)
			}
		}
	}
	w.row(w.rows)
	return len(w.buf) >= 2*record.ReadSize, nil
}

func (c *csvWriter) header(names []string, mark bool) {
	if mark {
		c.buf = append(c.buf, ByteOrderMark...)
	}
	for i, name := range names {
		c.cell(i, record.CellText, []byte(name))
	}
	if len(names) > 0 {
		c.buf = append(c.buf, '\n')
	}
}

// csvWriter appends cells to a buffer.
type csvWriter struct {
	buf     []byte
	sep     byte
	guard   bool
	guarded []byte    // the cell at hand, with what guards it
	quote   [256]bool // bytes that make a cell quoted
}

func newCSVWriter(o Options) (*csvWriter, error) {
	sep := o.Separator
	if sep == "" {
		sep = Comma
	}
	if len(sep) != 1 || strings.Contains("\"'\r\n\\ ", sep) || isWordByte(sep[0]) {
		return nil, fmt.Errorf("separator %q: it has to be one character such as , ; | or a tab", o.Separator)
	}
	c := &csvWriter{sep: sep[0], guard: o.FormulaGuard}
	for _, b := range []byte{'"', '\r', '\n', c.sep} {
		c.quote[b] = true
	}
	if c.guard {
		// In quotes, what stands behind a number such as -5 is no part of a formula for who
		// takes the whole line for one cell.
		for _, b := range []byte(usualSeparators + guardQuotes) {
			c.quote[b] = true
		}
	}
	return c, nil
}

// isWordByte tells what values are made of: no separator could be found among
// such bytes, and one of a longer UTF-8 character is no character.
func isWordByte(b byte) bool {
	return b >= '0' && b <= '9' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= 0x80 || strings.IndexByte("-+.[]{}", b) >= 0
}

// row writes the record that was read last.
func (c *csvWriter) row(rows *record.RowReader) {
	for i := range rows.Cells {
		kind, text := rows.Cell(i)
		c.cell(i, kind, text)
	}
	// Readers skip an empty line, so in a table of one column null is written
	// as "": better an empty text than a lost row.
	if len(rows.Cells) == 1 && rows.Cells[0] == record.CellNull {
		c.buf = append(c.buf, `""`...)
	}
	c.buf = append(c.buf, '\n')
}

// cell appends one cell. Null is nothing at all, and an empty text is "": the
// two stay apart for readers that look.
func (c *csvWriter) cell(i int, kind record.CellKind, text []byte) {
	if i > 0 {
		c.buf = append(c.buf, c.sep)
	}
	switch {
	case kind == record.CellNull:
		return
	case kind == record.CellNumber || kind == record.CellBool:
		c.buf = append(c.buf, text...)
		return
	case len(text) == 0:
		c.buf = append(c.buf, `""`...)
		return
	}
	if c.guard {
		c.guarded = appendGuarded(c.guarded[:0], text, c.sep, kind == record.CellText)
		text = c.guarded
	}
	if !c.mustQuote(text) {
		c.buf = append(c.buf, text...)
		return
	}
	c.buf = append(c.buf, '"')
	for quote := bytes.IndexByte(text, '"'); quote >= 0; quote = bytes.IndexByte(text, '"') {
		c.buf = append(append(c.buf, text[:quote+1]...), '"')
		text = text[quote+1:]
	}
	c.buf = append(append(c.buf, text...), '"')
}

func (c *csvWriter) mustQuote(text []byte) bool {
	for _, b := range text {
		if c.quote[b] {
			return true
		}
	}
	return text[0] == ' ' || text[len(text)-1] == ' ' // some readers trim
}

func (c *csvWriter) flush(w io.Writer) error {
	if len(c.buf) == 0 {
		return nil
	}
	_, err := w.Write(c.buf)
	c.buf = c.buf[:0]
	return err
}
