package format

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"math"
	"slices"
	"speckle-runner/internal/output/record"
	"strconv"
	"time"
)

// Limits of a worksheet.
const (
	xlsxRows      = 1_048_576 // with the header
	xlsxColumns   = 16_384
	xlsxCellChars = 32_767 // UTF-16 units
	xlsxDigits    = 15     // of a number, before Excel rounds it
	generalDigits = 11     // of a number that Excel shows, unless it is told how
	xlsxLinks     = 65_530
)

// encodeXLSX writes a workbook, as a stream: rows go into the archive as they
// are read, and nothing is kept in a temporary file.
func encodeXLSX(ctx context.Context, w io.Writer, r record.Records, o Options) error {
	return encodeWorkbook(ctx, w, r, o, xlsxLimits{rows: xlsxRows, links: xlsxLinks})
}

// xlsxLimits are where a sheet ends, for tests too.
type xlsxLimits struct {
	rows  int // with the header
	links int
}

func encodeWorkbook(ctx context.Context, w io.Writer, r record.Records, o Options, limits xlsxLimits) error {
	columns, err := record.TableColumns(ctx, r, o.Columns)
	if err != nil {
		return err
	}
	if len(columns) > xlsxColumns {
		return fmt.Errorf("xlsx: %d columns, a sheet takes %d: give columns", len(columns), xlsxColumns)
	}
	stats, err := record.StatsOf(ctx, r, columns)
	if err != nil {
		return err
	}
	b, err := newWorkbook(ctx, w, r, columns, limits)
	if err != nil {
		return err
	}
	b.sheet = newSheet(columns, stats, limits)
	if err := b.write(ctx, r); err != nil {
		return err
	}
	if o.Report != nil {
		o.Report.Notes = b.notes(limits)
		if r.Count != 0 {
			o.Report.Absent = record.Absent(record.Headers(columns), []*record.RowReader{b.sheet.rows})
		}
	}
	return b.archive.Close()
}

// sheet writes a worksheet's XML, one after the other.
type sheet struct {
	out     *bufio.Writer
	buf     []byte
	names   []string // of the columns, for errors
	heads   []string // of the table
	letters []string // of the columns: A, B, …
	kinds   []record.Kind
	widths  []int
	rows    *record.RowReader
	row     int
	lines   int    // of its highest text
	height  int    // where its height stands in buf
	number  string // row, as text
	record  int    // of all sheets, from 1
	limits  xlsxLimits
	links   []linkPlace
	plain   int // links that are text, as the sheet has too many
}

func newSheet(columns []record.Column, stats []record.Stats, limits xlsxLimits) *sheet {
	x := &sheet{
		out: bufio.NewWriterSize(nil, record.ReadSize), names: record.Headers(columns), rows: record.NewRowReader(columns), limits: limits,
		letters: make([]string, len(columns)), kinds: make([]record.Kind, len(columns)), widths: make([]int, len(columns)),
	}
	x.heads = tableHeads(x.names)
	for i := range columns {
		x.letters[i] = columnLetters(i)
		x.kinds[i] = stats[i].Kind()
		width := stats[i].Width
		switch x.kinds[i] {
		case record.KindTime:
			width = len("2006-01-02 15:04:05")
		case record.KindDate:
			width = len("2006-01-02")
		case record.KindFloat:
			width = min(width, generalDigits)
		default:
		}
		x.widths[i] = max(width, headWidth(x.heads[i]), minWidth)
	}
	return x
}

func (x *sheet) startRow() {
	x.row++
	x.lines = 1
	x.number = strconv.Itoa(x.row)
	x.add(`<row r="`, x.number, `"`)
	x.height = len(x.buf)
	x.add(`>`)
}

// endRow gives the row its height where a text has several lines: all rows of
// a table are one line high, or as many as can be looked over.
func (x *sheet) endRow() {
	x.add(`</row>`)
	if x.lines > 1 {
		x.buf = slices.Insert(x.buf, x.height, fmt.Appendf(nil, ` ht="%d" customHeight="1"`, lineHeight*min(x.lines, maxLines))...)
	}
}

const (
	lineHeight = 15 // points
	maxLines   = 5
)

func (x *sheet) write() error {
	x.record++
	x.startRow()
	for i := range x.rows.Cells {
		kind, text := x.rows.Cell(i)
		if err := x.cell(i, kind, text); err != nil {
			return err
		}
	}
	x.endRow()
	return x.flush()
}

func (x *sheet) cell(i int, kind record.CellKind, text []byte) error {
	switch kind {
	case record.CellNull:
		return nil
	case record.CellBool:
		x.start(i, xlsxBool, ` t="b"`)
		x.add(`<v>`, strconv.Itoa(len("false")-len(text)), `</v></c>`) // true is the shorter one
		return nil
	case record.CellNumber:
		if wholeInExcel(text) {
			style := ""
			if len(text) > generalDigits && x.kinds[i] == record.KindInt {
				style = xlsxWhole
			}
			x.start(i, style, "")
			x.buf = append(append(append(x.buf, `<v>`...), text...), `</v></c>`...)
			return nil
		}
	case record.CellText:
		if x.link(i, text) {
			return nil
		}
		if style, at, ok := x.date(i, text); ok {
			x.start(i, style, "")
			x.add(`<v>`, serial(at), `</v></c>`)
			return nil
		}
	}
	if len(text) > xlsxCellChars && utf16Len(text) > xlsxCellChars {
		return fmt.Errorf("xlsx: record %d, column %s: the text has %d characters, a cell takes %d: leave the column out, or cut it in select",
			x.record, x.names[i], utf16Len(text), xlsxCellChars)
	}
	x.text(i, x.styleOf(text), text)
	return nil
}

// styleOf gives a text's style, and its row the height that it needs.
func (x *sheet) styleOf(text []byte) string {
	breaks := bytes.Count(text, []byte("\n"))
	x.lines = max(x.lines, 1+breaks)
	switch quoted := retyped(text); {
	case breaks > 0 && quoted:
		return xlsxLineQuoted
	case breaks > 0:
		return xlsxLines
	case quoted:
		return xlsxQuoted
	default:
		return ""
	}
}

// date reads what a column of instants or of days holds, if Excel has it.
func (x *sheet) date(i int, text []byte) (style string, at time.Time, ok bool) {
	switch x.kinds[i] { //nolint:exhaustive // the others hold no dates
	case record.KindTime:
		style = xlsxDate
		at, ok = record.Instant(text)
	case record.KindDate:
		style = xlsxDay
		at, ok = record.Day(text)
	}
	return style, at, ok && at.Unix() >= firstSerial
}

func (x *sheet) start(i int, style, kind string) {
	x.add(`<c r="`, x.letters[i], x.number, `"`, style, kind, `>`)
}

func (x *sheet) text(i int, style string, text []byte) {
	x.start(i, style, ` t="inlineStr"`)
	x.add(`<is><t xml:space="preserve">`)
	x.buf = appendXML(x.buf, text)
	x.add(`</t></is></c>`)
}

func (x *sheet) add(parts ...string) {
	for _, p := range parts {
		x.buf = append(x.buf, p...)
	}
}

func (x *sheet) flush() error {
	_, err := x.out.Write(x.buf)
	x.buf = x.buf[:0]
	return err
}

// wholeInExcel reports whether a number is the same after Excel has read it:
// it keeps 15 digits. Longer ones, ids above all, are written as text.
func wholeInExcel(text []byte) bool {
	if !bytes.ContainsAny(text, ".eE") {
		return len(bytes.TrimPrefix(text, []byte("-"))) <= xlsxDigits
	}
	n, ok := record.Float(text)
	return ok && (n == 0 || math.Abs(n) > excelSmallest && math.Abs(n) < excelLargest)
}

// Excel has no numbers nearer to zero or further from it.
const (
	excelSmallest = 2.3e-308
	excelLargest  = 9.9e307
)

// firstSerial is 1 March 1900: before it, Excel counts a day that never was.
const firstSerial = -2203891200

// serial gives an instant as Excel counts them: days since 1899-12-30, in UTC.
func serial(at time.Time) string {
	const day, epoch = 24 * 60 * 60 * 1_000_000, 25569
	return strconv.FormatFloat(epoch+float64(at.UnixMicro())/day, 'f', -1, 64)
}

// columnLetters names column i: A to Z, AA, …
func columnLetters(i int) string {
	var letters string
	for i++; i > 0; i = (i - 1) / 26 {
		letters = string(rune('A'+(i-1)%26)) + letters
	}
	return letters
}

func utf16Len(text []byte) int {
	n := 0
	for _, r := range string(text) {
		n++
		if r > 0xffff {
			n++
		}
	}
	return n
}
