package preview

import (
	"archive/zip"
	"encoding/xml"
	"errors"
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
	// Tokens as they stand: what is open needn't be remembered, however deep it is.
	for dec, s := xml.NewDecoder(&upTo{in: sheet, left: r.Bytes}), (sheetRow{columns: r.Columns}); ; {
		token, err := dec.RawToken()
		if errors.Is(err, io.EOF) && !s.ended {
			return io.ErrUnexpectedEOF
		}
		if err != nil {
			return ended(err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			s.begin(token)
		case xml.CharData:
			s.say(token)
		case xml.EndElement:
			if s.end(token.Name.Local) && !r.row(s.cells) {
				return nil
			}
		}
	}
}

// row hands over a row; the first has the names of the columns.
func (r *reader) row(cells []Cell) (more bool) {
	if r.columns == nil {
		r.columns = texts(cells)
		return r.take(r.columns, nil)
	}
	if cells == nil {
		cells = []Cell{}
	}
	return r.take(r.columns, cells)
}

// sheetRow is a row of a sheet, while it is read.
type sheetRow struct {
	columns int // the others are left out
	cells   []Cell
	ended   bool // so is the list of rows

	at   int // of the cell that is read
	kind string
	// where says which of a cell's texts is read; "" for none of them.
	where   string
	text    strings.Builder // of that
	value   strings.Builder // of the cell
	reading bool            // how something is pronounced is no part of it
}

// begin is at what an element's start says.
func (s *sheetRow) begin(start xml.StartElement) {
	switch start.Name.Local {
	case "row":
		s.cells, s.at = nil, s.columns
	case "c":
		place := ""
		s.kind, s.where, s.reading = "", "", false
		for _, a := range start.Attr {
			switch a.Name.Local {
			case "r":
				place = a.Value
			case "t":
				s.kind = a.Value
			}
		}
		s.at = columnOf(place, len(s.cells), s.columns)
		s.value.Reset()
	case "rPh":
		s.reading = true
	case "v", "t":
		if s.at < s.columns && !s.reading {
			s.where = start.Name.Local
			s.text.Reset()
		}
	}
}

// say is at a text.
func (s *sheetRow) say(text []byte) {
	if s.where != "" {
		s.text.Write(text)
	}
}

// end is at an element's end, and says whether that was the row's.
func (s *sheetRow) end(name string) (row bool) {
	switch name {
	case "v":
		s.value.WriteString(s.text.String())
		s.text.Reset()
		s.where = ""
	case "t":
		s.value.WriteString(unescaped(s.text.String()))
		s.text.Reset()
		s.where = ""
	case "rPh":
		s.reading = false
	case "c":
		s.put()
	case "sheetData":
		s.ended = true
	}
	return name == "row"
}

// put puts a cell into its row.
func (s *sheetRow) put() {
	if s.at >= s.columns {
		return
	}
	for len(s.cells) <= s.at {
		s.cells = append(s.cells, Cell{})
	}
	switch value := s.value.String(); {
	case s.kind == "b" && value == "1":
		s.cells[s.at] = textOf("true")
	case s.kind == "b":
		s.cells[s.at] = textOf("false")
	case s.kind == "inlineStr" || s.kind == "s" || s.kind == "str":
		s.cells[s.at] = typedText(value)
	case s.kind != "" || value != "": // without both it has a style, and no value
		s.cells[s.at] = textOf(value)
	}
	s.at = s.columns
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
