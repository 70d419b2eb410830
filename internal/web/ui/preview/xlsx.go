package preview

import (
	"archive/zip"
	"encoding/xml"
	"fmt"
	"io"
	"strings"
)

// firstSheet is where a workbook of ours has its first sheet.
const firstSheet = "xl/worksheets/sheet1.xml"

// readSheet reads the first rows of a workbook as the runner writes it: texts
// stand in their cells. A date is shown as the number that Excel keeps.
func readSheet(f io.ReaderAt, size int64, n int) (Table, error) {
	book, err := zip.NewReader(f, size)
	if err != nil {
		return Table{}, err
	}
	sheet, err := book.Open(firstSheet)
	if err != nil {
		return Table{}, fmt.Errorf("first sheet: %w", err)
	}
	defer func() { _ = sheet.Close() }()
	var t Table
	for dec := xml.NewDecoder(io.LimitReader(sheet, most)); ; {
		token, err := dec.Token()
		if err != nil {
			return t.filled(), ended(err)
		}
		start, ok := token.(xml.StartElement)
		if !ok || start.Name.Local != "row" {
			continue
		}
		var row sheetRow
		if err := dec.DecodeElement(&row, &start); err != nil {
			return t.filled(), err
		}
		cells := row.cells()
		switch {
		case t.Columns == nil:
			t.Columns = cells
		case len(t.Rows) == n:
			t.More = true
			return t.filled(), nil
		default:
			t.Rows = append(t.Rows, cells)
		}
	}
}

// sheetRow is a row of a sheet.
type sheetRow struct {
	Cells []struct {
		Place  string   `xml:"r,attr"`
		Kind   string   `xml:"t,attr"`
		Value  string   `xml:"v"`
		Inline string   `xml:"is>t"`
		Runs   []string `xml:"is>r>t"`
	} `xml:"c"`
}

func (r sheetRow) cells() []string {
	var cells []string
	for _, c := range r.Cells {
		at := columnOf(c.Place, len(cells))
		if at >= columns {
			break
		}
		for len(cells) <= at {
			cells = append(cells, "")
		}
		switch value := c.Inline + strings.Join(c.Runs, "") + c.Value; {
		case c.Kind == "b" && value == "1":
			cells[at] = "true"
		case c.Kind == "b":
			cells[at] = "false"
		default:
			cells[at] = value
		}
	}
	return cells
}

// columnOf reads the letters of a place such as AB12; without any it is next.
func columnOf(place string, next int) int {
	at := 0
	for _, r := range place {
		if r < 'A' || r > 'Z' || at > columns*26 {
			break
		}
		at = at*26 + int(r-'A') + 1
	}
	if at == 0 {
		return next
	}
	return at - 1
}
