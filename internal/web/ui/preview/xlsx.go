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

// sheet reads the rows of a workbook as the runner writes it: texts
// stand in their cells. A date is shown as the number that Excel keeps.
func (r *reader) sheet(f io.ReaderAt, size int64) error {
	book, err := zip.NewReader(f, size)
	if err != nil {
		return err
	}
	sheet, err := book.Open(firstSheet)
	if err != nil {
		return fmt.Errorf("first sheet: %w", err)
	}
	defer func() { _ = sheet.Close() }()
	for dec := xml.NewDecoder(&upTo{in: sheet, left: r.Bytes}); ; {
		token, err := dec.Token()
		if err != nil {
			return ended(err)
		}
		start, ok := token.(xml.StartElement)
		if !ok || start.Name.Local != "row" {
			continue
		}
		var row sheetRow
		if err := dec.DecodeElement(&row, &start); err != nil {
			return err
		}
		cells := row.cells(r.Columns)
		if r.columns == nil {
			r.columns = texts(cells)
			cells = nil // they are the names
		} else if cells == nil {
			cells = []Cell{}
		}
		if !r.take(r.columns, cells) {
			return nil
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

func (r sheetRow) cells(columns int) []Cell {
	var cells []Cell
	for _, c := range r.Cells {
		at := columnOf(c.Place, len(cells), columns)
		if at >= columns {
			break
		}
		for len(cells) <= at {
			cells = append(cells, Cell{})
		}
		switch value := unescaped(c.Inline) + unescaped(strings.Join(c.Runs, "")) + c.Value; {
		case c.Kind == "b" && value == "1":
			cells[at] = textOf("true")
		case c.Kind == "b":
			cells[at] = textOf("false")
		case c.Kind == "inlineStr" || c.Kind == "s" || c.Kind == "str":
			cells[at] = typedText(value)
		case c.Kind != "" || value != "": // without both it has a style, and no value
			cells[at] = textOf(value)
		}
	}
	return cells
}

// columnOf reads the letters of a place such as AB12; without any it is next.
func columnOf(place string, next, columns int) int {
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
