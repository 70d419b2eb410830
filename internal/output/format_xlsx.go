package output

import (
	"archive/zip"
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"math"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/klauspost/compress/flate"
)

// Limits of a worksheet.
const (
	xlsxRows      = 1_048_576 // with the header
	xlsxColumns   = 16_384
	xlsxCellChars = 32_767 // UTF-16 units
	xlsxDigits    = 15     // of a number, before Excel rounds it
)

// Styles, as the table of cellXfs in xlsxParts has them.
const (
	xlsxHead = " s=\"1\""
	xlsxDate = " s=\"2\""
	xlsxDay  = " s=\"3\""
)

// xlsxParts are the fixed files of a workbook with one sheet, in the order in
// which Excel itself writes them.
var xlsxParts = []struct{ name, text string }{
	{"[Content_Types].xml", `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">` +
		`<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
		`<Default Extension="xml" ContentType="application/xml"/>` +
		`<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>` +
		`<Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>` +
		`<Override PartName="/xl/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/></Types>`},
	{"_rels/.rels", `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">` +
		`<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>`},
	{"xl/workbook.xml", `<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">` +
		`<sheets><sheet name="Records" sheetId="1" r:id="rId1"/></sheets></workbook>`},
	{"xl/_rels/workbook.xml.rels", `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">` +
		`<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/>` +
		`<Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/></Relationships>`},
	{"xl/styles.xml", `<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">` +
		`<numFmts count="2"><numFmt numFmtId="164" formatCode="yyyy\-mm\-dd\ hh:mm:ss"/><numFmt numFmtId="165" formatCode="yyyy\-mm\-dd"/></numFmts>` +
		`<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts>` +
		`<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>` +
		`<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>` +
		`<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>` +
		`<cellXfs count="4"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>` +
		`<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/>` +
		`<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>` +
		`<xf numFmtId="165" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/></cellXfs>` +
		`<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>`},
}

const xmlHead = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"

// encodeXLSX writes a workbook of one sheet, as a stream: rows go into the
// archive as they are read, and nothing is kept in a temporary file. Text is
// text whatever it begins with, so no formula can run.
func encodeXLSX(ctx context.Context, w io.Writer, r Records, o EncodeOptions) error {
	columns, err := tableColumns(ctx, r, o.Columns)
	if err != nil {
		return err
	}
	if len(columns) > xlsxColumns {
		return fmt.Errorf("xlsx: %d columns, a sheet takes %d: give columns", len(columns), xlsxColumns)
	}
	if r.Count >= xlsxRows {
		return tooManyRows()
	}
	stats, err := tableStats(ctx, r, columns)
	if err != nil {
		return err
	}
	archive := zip.NewWriter(w)
	archive.RegisterCompressor(zip.Deflate, func(out io.Writer) (io.WriteCloser, error) { return flate.NewWriter(out, flate.DefaultCompression) })
	for _, part := range xlsxParts {
		if err := addPart(archive, part.name, xmlHead+part.text); err != nil {
			return err
		}
	}
	sheet, err := archive.Create("xl/worksheets/sheet1.xml")
	if err != nil {
		return err
	}
	x := newSheet(sheet, columns, stats)
	if err := x.write(ctx, r); err != nil {
		return err
	}
	if o.Report != nil && r.Count != 0 {
		o.Report.Absent = x.rows.absent(x.names)
	}
	return archive.Close()
}

func addPart(archive *zip.Writer, name, text string) error {
	part, err := archive.Create(name)
	if err != nil {
		return err
	}
	_, err = io.WriteString(part, text)
	return err
}

func tooManyRows() error {
	return fmt.Errorf("xlsx: a sheet takes %d records: write csv or parquet, or several files with for_each", xlsxRows-1)
}

// sheet writes a worksheet's XML.
type sheet struct {
	out     *bufio.Writer
	buf     []byte
	names   []string
	letters []string // of the columns: A, B, …
	kinds   []columnKind
	widths  []int
	rows    *rowReader
	row     int
	number  string // row, as text
}

func newSheet(w io.Writer, columns []Column, stats []columnStats) *sheet {
	x := &sheet{
		out: bufio.NewWriterSize(w, readSize), names: headers(columns), rows: newRowReader(columns),
		letters: make([]string, len(columns)), kinds: make([]columnKind, len(columns)), widths: make([]int, len(columns)),
	}
	for i := range columns {
		x.letters[i] = columnLetters(i)
		x.kinds[i] = stats[i].kind()
		x.widths[i] = max(stats[i].width, utf8.RuneCountInString(x.names[i]), 6)
		if x.kinds[i] == columnTime {
			x.widths[i] = len("2006-01-02 15:04:05")
		}
	}
	return x
}

func (x *sheet) write(ctx context.Context, r Records) error {
	x.head()
	err := eachRecord(ctx, r, func(s *scanner) error {
		if err := x.rows.read(s); err != nil {
			return err
		}
		if x.row == xlsxRows {
			return tooManyRows()
		}
		return x.record()
	})
	if err != nil {
		return err
	}
	x.add(`</sheetData>`)
	if len(x.names) > 0 {
		x.add(`<autoFilter ref="A1:`, x.letters[len(x.letters)-1], strconv.Itoa(x.row), `"/>`)
	}
	x.add(`</worksheet>`)
	if err := x.flush(); err != nil {
		return err
	}
	return x.out.Flush()
}

// head writes all that comes before the first record: the first row stays in
// sight, and each column is as wide as its values, within reason.
func (x *sheet) head() {
	x.add(xmlHead, `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetViews><sheetView workbookViewId="0">`,
		`<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><sheetFormatPr defaultRowHeight="15"/>`)
	if len(x.names) > 0 {
		x.add(`<cols>`)
		for i, width := range x.widths {
			n := strconv.Itoa(i + 1)
			x.add(`<col min="`, n, `" max="`, n, `" width="`, strconv.Itoa(min(width, maxWidth)+2), `" customWidth="1"/>`)
		}
		x.add(`</cols>`)
	}
	x.add(`<sheetData>`)
	if len(x.names) == 0 {
		return
	}
	x.startRow()
	for i, name := range x.names {
		x.text(i, xlsxHead, []byte(name))
	}
	x.add(`</row>`)
}

func (x *sheet) startRow() {
	x.row++
	x.number = strconv.Itoa(x.row)
	x.add(`<row r="`, x.number, `">`)
}

func (x *sheet) record() error {
	x.startRow()
	for i := range x.rows.cells {
		kind, text := x.rows.cell(i)
		if err := x.cell(i, kind, text); err != nil {
			return err
		}
	}
	x.add(`</row>`)
	return x.flush()
}

func (x *sheet) cell(i int, kind cellKind, text []byte) error {
	switch kind {
	case cellNull:
		return nil
	case cellBool:
		x.start(i, "", ` t="b"`)
		x.add(`<v>`, strconv.Itoa(len("false")-len(text)), `</v></c>`) // true is the shorter one
		return nil
	case cellNumber:
		if wholeInExcel(text) {
			x.start(i, "", "")
			x.buf = append(append(append(x.buf, `<v>`...), text...), `</v></c>`...)
			return nil
		}
	case cellText:
		if style, at, ok := x.date(i, text); ok {
			x.start(i, style, "")
			x.add(`<v>`, serial(at), `</v></c>`)
			return nil
		}
	}
	if len(text) > xlsxCellChars && utf16Len(text) > xlsxCellChars {
		return fmt.Errorf("xlsx: record %d, column %s: the text has %d characters, a cell takes %d: leave the column out, or cut it in select",
			x.row-1, x.names[i], utf16Len(text), xlsxCellChars)
	}
	x.text(i, "", text)
	return nil
}

// date reads what a column of instants or of days holds, if Excel has it.
func (x *sheet) date(i int, text []byte) (style string, at time.Time, ok bool) {
	switch x.kinds[i] { //nolint:exhaustive // the others hold no dates
	case columnTime:
		style = xlsxDate
		at, ok = instant(text)
	case columnDate:
		style = xlsxDay
		at, ok = day(text)
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
	n, ok := float(text)
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
		if n++; r > 0xffff {
			n++
		}
	}
	return n
}
