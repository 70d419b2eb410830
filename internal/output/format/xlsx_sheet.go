package format

import (
	"io"
	"speckle-runner/internal/output/record"
	"strconv"
)

const minWidth = 6

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
