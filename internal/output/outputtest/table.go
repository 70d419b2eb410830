package outputtest

import (
	"archive/zip"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/parquet-go/parquet-go"

	"speckle-runner/internal/output/record"
)

// ReadParquet gives the types and the cells of a file, as text: null is "∅".
func ReadParquet(t testing.TB, data string) (head, types []string, rows [][]string) {
	t.Helper()
	file, err := parquet.OpenFile(strings.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range file.Schema().Fields() {
		head = append(head, f.Name())
		types = append(types, f.Type().String())
	}
	for _, group := range file.RowGroups() {
		in := group.Rows()
		buf := make([]parquet.Row, 50)
		for {
			n, err := in.ReadRows(buf)
			for _, row := range buf[:n] {
				cells := make([]string, len(row))
				for i, v := range row {
					cells[v.Column()] = parquetCell(v, types[i])
				}
				rows = append(rows, cells)
			}
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		in.Close()
	}
	return head, types, rows
}

func parquetCell(v parquet.Value, kind string) string {
	switch {
	case v.IsNull():
		return "∅"
	case kind == "DATE":
		return time.Unix(int64(v.Int32())*86400, 0).UTC().Format(time.DateOnly)
	case strings.HasPrefix(kind, "TIMESTAMP"):
		return time.UnixMicro(v.Int64()).UTC().Format(time.RFC3339Nano)
	case v.Kind() == parquet.Double:
		return strconv.FormatFloat(v.Double(), 'g', -1, 64)
	default:
		return v.String()
	}
}

// Sheet is what a reader makes of a worksheet.
type Sheet struct {
	Pane struct {
		YSplit string `xml:"ySplit,attr"`
		State  string `xml:"state,attr"`
	} `xml:"sheetViews>sheetView>pane"`
	Cols []struct {
		Width float64 `xml:"width,attr"`
	} `xml:"cols>col"`
	Rows []struct {
		R     int `xml:"r,attr"`
		Cells []struct {
			R     string `xml:"r,attr"`
			T     string `xml:"t,attr"`
			S     string `xml:"s,attr"`
			V     string `xml:"v"`
			Text  string `xml:"is>t"`
			Plain string `xml:",chardata"`
		} `xml:"c"`
	} `xml:"sheetData>row"`
}

// ReadXLSX gives a workbook's cells as text: an absent one is "∅", a date is
// written out, true and false are themselves.
func ReadXLSX(t testing.TB, data string) (sheet Sheet, rows [][]string) {
	t.Helper()
	archive, err := zip.NewReader(strings.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range archive.File {
		names = append(names, f.Name)
		if !f.Modified.IsZero() && f.Modified.Year() > 1980 {
			t.Errorf("%s has a time: %v", f.Name, f.Modified)
		}
		in, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(in)
		if err != nil {
			t.Fatal(err)
		}
		var whole struct{}
		if err := xml.Unmarshal(text, &whole); err != nil {
			t.Errorf("%s: %v", f.Name, err)
		}
		if f.Name == "xl/worksheets/sheet1.xml" {
			if err := xml.Unmarshal(text, &sheet); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, want := range []string{"[Content_Types].xml", "_rels/.rels", "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/styles.xml"} {
		if !slices.Contains(names, want) {
			t.Errorf("no %s in %q", want, names)
		}
	}
	for i, row := range sheet.Rows {
		if row.R != i+1 {
			t.Errorf("row %d is called %d", i+1, row.R)
		}
		cells := slices.Repeat([]string{"∅"}, len(sheet.Cols))
		for _, c := range row.Cells {
			letters := strings.TrimRight(c.R, "0123456789")
			at := 0
			for _, l := range letters {
				at = at*26 + int(l-'A') + 1
			}
			switch {
			case c.T == "b":
				cells[at-1] = map[string]string{"1": "true", "0": "false"}[c.V]
			case c.T == "inlineStr":
				cells[at-1] = UnescapeExcel(c.Text)
			case c.S == "2":
				days, _ := strconv.ParseFloat(c.V, 64)
				us := int64(math.Round((days - 25569) * 86400 * 1e6 / 1000)) // Excel shows milliseconds
				cells[at-1] = time.UnixMilli(us).UTC().Format(time.RFC3339Nano)
			default:
				cells[at-1] = c.V
			}
		}
		rows = append(rows, cells)
	}
	return sheet, rows
}

var excelEscape = regexp.MustCompile(`_x([0-9A-Fa-f]{4})_`)

// UnescapeExcel gives the text that Excel shows.
func UnescapeExcel(text string) string {
	return excelEscape.ReplaceAllStringFunc(text, func(s string) string {
		n, _ := strconv.ParseUint(s[2:6], 16, 16)
		return string(utf16.Decode([]uint16{uint16(n)}))
	})
}

// Flat makes the cells of a record the slow way: decode, walk, print.
func Flat(t testing.TB, line string, head []string) []string {
	t.Helper()
	dec := json.NewDecoder(strings.NewReader(line))
	dec.UseNumber()
	var whole any
	if err := dec.Decode(&whole); err != nil {
		t.Fatal(err)
	}
	cells := make([]string, len(head))
	for i, name := range head {
		value := whole
		for _, key := range record.SplitPath(name) {
			object, _ := value.(map[string]any)
			value = object[key]
		}
		switch v := value.(type) {
		case nil:
		case string:
			cells[i] = v
		case json.Number:
			cells[i] = v.String()
		default:
			text, err := json.Marshal(v)
			if err != nil {
				t.Fatal(err)
			}
			cells[i] = string(text)
		}
	}
	return cells
}

// SameTable compares a table's rows with the records, numbers by value.
func SameTable(t *testing.T, head []string, rows [][]string, lines []string) {
	t.Helper()
	if len(rows) != len(lines) {
		t.Fatalf("%d rows of %d records", len(rows), len(lines))
	}
	for i, line := range lines {
		for j, want := range Flat(t, line, head) {
			got := rows[i][j]
			if got == want || got == "∅" && want == "" {
				continue
			}
			a, errA := strconv.ParseFloat(got, 64)
			b, errB := strconv.ParseFloat(want, 64)
			if errA != nil || errB != nil || a != b {
				t.Fatalf("record %d, %s: %.100q, want %.100q", i, head[j], got, want)
			}
		}
	}
}
