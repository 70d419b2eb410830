package format

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"

	"speckle-runner/internal/output/record"
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

// xlsxLimits are where a sheet ends, for tests too.
type xlsxLimits struct {
	rows  int // with the header
	links int
}

// sheet writes a worksheet's XML, one after the other.
type sheet struct {
	out     *bufio.Writer
	buf     []byte
	names   []string // of the columns, for errors
	own     []string // as they were before each was made different
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

// linkPlace is a cell with a link. Where it leads isn't kept: the record is
// read again, so that memory stays flat.
type linkPlace struct {
	row    int32 // on its sheet, from 1
	column int32
}

func newSheet(columns []record.Column, stats []record.Stats, limits xlsxLimits) *sheet {
	x := &sheet{
		out: bufio.NewWriterSize(nil, record.ReadSize), names: record.Headers(columns), own: record.Names(columns),
		rows: record.NewRowReader(columns), limits: limits,
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

const minWidth = 6

// columnLetters names column i: A to Z, AA, …
func columnLetters(i int) string {
	var letters string
	for i++; i > 0; i = (i - 1) / 26 {
		letters = string(rune('A'+(i-1)%26)) + letters
	}
	return letters
}

func (x *sheet) startRow() {
	x.row++
	x.lines = 1
	x.number = strconv.Itoa(x.row)
	x.add(`<row r="`, x.number, `"`)
	x.height = len(x.buf)
	x.add(`>`)
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

// begin starts a sheet with all that comes before the first record: the first
// row stays in sight, and is on each printed page; each column is as wide as
// its values, within reason. The elements' order is the standard's.
func (x *sheet) begin(w io.Writer, s sheetPlan) {
	x.out.Reset(w)
	x.row, x.links, x.plain = 0, nil, 0
	x.add(xmlHead, `<worksheet xmlns="`, xmlMain, `" xmlns:r="`, xmlRelations, `"><sheetPr><pageSetUpPr fitToPage="1"/></sheetPr>`)
	if len(x.heads) > 0 {
		x.add(`<dimension ref="`, x.area(1+s.records), `"/>`)
	}
	x.add(`<sheetViews><sheetView`)
	if s.number == 1 {
		x.add(` tabSelected="1"`)
	}
	x.add(` workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>`,
		`<selection pane="bottomLeft" activeCell="A2" sqref="A2"/></sheetView></sheetViews><sheetFormatPr defaultRowHeight="15"/>`)
	x.columns()
	x.add(`<sheetData>`)
	if len(x.heads) == 0 {
		return
	}
	x.startRow()
	for i, head := range x.heads {
		x.text(i, xlsxHead, []byte(head))
	}
	x.add(`</row>`)
}

func (x *sheet) columns() {
	if len(x.widths) == 0 {
		return
	}
	x.add(`<cols>`)
	for i, width := range x.widths {
		n := strconv.Itoa(i + 1)
		x.add(`<col min="`, n, `" max="`, n, `" width="`, strconv.Itoa(min(width, record.MaxWidth)+2), `" customWidth="1"/>`)
	}
	x.add(`</cols>`)
}

// end writes what comes behind the last record: the links, the setup for
// printing, no warnings where text is meant to be text, and the table.
func (x *sheet) end(s sheetPlan) error {
	x.add(`</sheetData>`)
	if len(x.links) > 0 {
		x.add(`<hyperlinks>`)
		for n, link := range x.links {
			x.add(`<hyperlink ref="`, x.letters[link.column], strconv.Itoa(int(link.row)), `" r:id="`, linkID(n), `"/>`)
			if err := x.flush(); err != nil {
				return err
			}
		}
		x.add(`</hyperlinks>`)
	}
	x.add(`<pageMargins left="0.5" right="0.5" top="0.5" bottom="0.75" header="0.3" footer="0.3"/>`,
		`<pageSetup orientation="landscape" fitToHeight="0"/><headerFooter><oddFooter>&amp;C&amp;P / &amp;N</oddFooter></headerFooter>`)
	if s.table() {
		x.add(`<ignoredErrors><ignoredError sqref="`, x.area(1+s.records), `" numberStoredAsText="1"/></ignoredErrors>`,
			`<tableParts count="1"><tablePart r:id="`, tableID, `"/></tableParts>`)
	}
	x.add(`</worksheet>`)
	if err := x.flush(); err != nil {
		return err
	}
	return x.out.Flush()
}

// area is a reference to the first rows of all columns.
func (x *sheet) area(rows int) string {
	return "A1:" + x.letters[len(x.letters)-1] + strconv.Itoa(rows)
}

// table gives the file of a sheet's table. Excel has no table without a row:
// an empty one shows the row that waits for the first record.
func (x *sheet) table(s sheetPlan) string {
	n, insert, rows := strconv.Itoa(s.number), "", 1+s.records
	if s.records == 0 {
		insert, rows = ` insertRow="1"`, 2
	}
	name := strings.ReplaceAll(s.name(), " ", "_")
	area := x.area(rows)
	b := []byte(xmlHead + `<table xmlns="` + xmlMain + `" id="` + n + `" name="` + name + `" displayName="` + name +
		`" ref="` + area + `"` + insert + ` totalsRowShown="0"><autoFilter ref="` + area + `"/>` +
		`<tableColumns count="` + strconv.Itoa(len(x.heads)) + `">`)
	for i, head := range x.heads {
		b = fmt.Appendf(b, `<tableColumn id="%d" name="`, i+1)
		b = append(appendXML(b, []byte(head)), `"/>`...)
	}
	return string(b) + `</tableColumns><tableStyleInfo name="TableStyleMedium2" showFirstColumn="0" showLastColumn="0" ` +
		`showRowStripes="1" showColumnStripes="0"/></table>`
}

// linkID names the nth link of a sheet, from 0; the table is before them.
func linkID(n int) string { return "rId" + strconv.Itoa(n+2) }
