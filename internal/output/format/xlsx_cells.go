package format

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	"speckle-runner/internal/output/record"
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
		const tooLong = "record %d, column %s: the text has %d characters, a cell takes %d: leave the column out, or cut it in select"
		return &SheetError{fmt.Sprintf(tooLong, x.record, x.names[i], utf16Len(text), xlsxCellChars)}
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

// link writes a cell that is an address as a link, and reports whether it did.
func (x *sheet) link(i int, text []byte) bool {
	if !mayLink(text) {
		return false
	}
	if len(x.links) == x.limits.links {
		x.plain++
		return false
	}
	if _, ok := linkTarget(text); !ok {
		return false
	}
	x.links = append(x.links, linkPlace{row: int32(x.row), column: int32(i)}) //nolint:gosec // both have their limits
	x.text(i, xlsxLink, text)
	return true
}
