package preview_test

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"
	"github.com/xuri/excelize/v2"

	"speckle-runner/internal/output/format"
	"speckle-runner/internal/output/outputtest"
	"speckle-runner/internal/web/ui/preview"
)

func first(t *testing.T, name, data string, n int) preview.Table {
	t.Helper()
	table, err := preview.First(strings.NewReader(data), name, int64(len(data)), n)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return table
}

func TestFirstRecordsOfEachFormat(t *testing.T) {
	t.Parallel()
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	fmt.Fprint(z, "{\"a\":1,\"b\":\"x\"}\n{\"b\":null,\"c\":[1,2]}\n{\"a\":3}\n")
	z.Close()
	var columnar bytes.Buffer
	w := parquet.NewGenericWriter[struct {
		A int64  `parquet:"a"`
		B string `parquet:"b,optional"`
	}](&columnar)
	for i := range 3 {
		if _, err := w.Write([]struct {
			A int64  `parquet:"a"`
			B string `parquet:"b,optional"`
		}{{int64(i), strings.Repeat("x", i)}}); err != nil {
			t.Fatal(err)
		}
	}
	w.Close()
	for _, c := range []struct{ name, data, want string }{
		{"a.csv", "\xef\xbb\xbfa,b\n1,\"x\ny\"\n2,\n3,z\n", "[a b] [[1 x\ny] [2 ]] true"},
		{"a.csv", "a;b;c,d\n1;2;3\n", "[a b c,d] [[1 2 3]] false"},
		{"a.csv", "", "[] [] false"},
		{"A.NDJSON.gz", packed.String(), "[a b c] [[1 x ] [  [1,2]]] true"},
		{"a.json", `[{"a":1},{"a":2},{"a":3}]`, "[a] [[1] [2]] true"},
		{"a.json", `{"name":"tower","n":[1]}`, "[key value] [[name tower] [n [1]]] false"},
		{"a.json", `[1,"x"]`, "[value] [[1] [x]] false"},
		{"a.parquet", columnar.String(), "[a b] [[0 ] [1 x]] true"},
	} {
		table := first(t, c.name, c.data, 2)
		if got := fmt.Sprint(table.Columns, table.Rows, table.More); got != strings.ReplaceAll(c.want, "] [[", "] [[") {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func TestFirstRowsOfAWorkbook(t *testing.T) {
	t.Parallel()
	book := excelize.NewFile()
	for cell, value := range map[string]any{"A1": "name", "C1": "area", "A2": "a", "C2": 1.5, "B3": true} {
		if err := book.SetCellValue("Sheet1", cell, value); err != nil {
			t.Fatal(err)
		}
	}
	var data bytes.Buffer
	if err := book.Write(&data); err != nil {
		t.Fatal(err)
	}
	table := first(t, "a.xlsx", data.String(), 5)
	if len(table.Columns) != 3 || len(table.Rows) != 2 || table.Rows[0][2].Text != "1.5" || table.Rows[1][1].Text != "true" {
		t.Errorf("%+v", table)
	}
}

// What XML can't hold stands in a workbook as Excel's escapes, and a text that looks like
// one is escaped itself: both are shown as the records have them, as in a file of CSV.
func TestEscapesOfAWorkbook(t *testing.T) {
	t.Parallel()
	lines := []string{`{"_x0041_":"_x0041_","b":"l1\r\nl2"}`, `{"_x0041_":"bell\u0007","b":"_x005F_x0041_"}`,
		`{"_x0041_":"_x00","b":"_x_x0041"}`, `{"_x0041_":"__x000d__","b":"\uffff_xD83D__xDE00_"}`}
	shown := func(name string) string {
		data := outputtest.Encode(t, name, outputtest.NDJSON(lines...), format.Options{})
		table := first(t, "a."+name, data, 9)
		return fmt.Sprintf("%q %q", table.Columns, table.Rows)
	}
	if got, want := shown("xlsx"), shown("csv"); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
	for escaped, want := range map[string]string{"_xD83D__xDE00_": "😀", "_xD83D_": "\uFFFD", "_xD83D__x0041_": "\uFFFDA", "_x000a_": "\n",
		"_x 041_": "_x 041_", "_x+041_": "_x+041_"} {
		if got := sheetText(t, escaped); got != want {
			t.Errorf("%s is shown as %q, not %q", escaped, got, want)
		}
	}
}

// sheetText puts a text as it is into the workbook's file, and reads it.
func sheetText(t *testing.T, text string) string {
	t.Helper()
	var data bytes.Buffer
	z := zip.NewWriter(&data)
	sheet, err := z.Create("xl/worksheets/sheet1.xml")
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(sheet, `<worksheet><sheetData><row><c t="inlineStr"><is><t>%s</t></is></c></row></sheetData></worksheet>`, text)
	z.Close()
	return first(t, "a.xlsx", data.String(), 1).Columns[0]
}

// A sheet is read as it comes: what breaks off is known as such, what isn't of a cell is
// no part of it, and no depth or width has to be remembered.
func TestSheetsThatSomebodyMade(t *testing.T) {
	t.Parallel()
	for sheet, want := range map[string]string{
		`<worksheet><sheetData><row><c r="A1"><v>a</v></c></row><row><c><v>1</v></c></row>`:                                             "[a] [[1]] true", // it goes on, who knows how
		`<w><sheetData><row><c><v>a</v></c></row></sheetData>`:                                                                          "[a] [] false",
		`<w><sheetData><row><c t="inlineStr"><is><r><t>Tok</t></r><rPh><t>higashi</t></rPh><r><t>yo</t></r></is></c></row></sheetData>`: "[Tokyo] [] false",
		`<w><sheetData><row><c r="ZZZ1"><v>far</v></c><c r="A1"><v>a</v></c></row></sheetData>`:                                         "[a] [] false",
		`<w>` + strings.Repeat("<a>", 20_000) + `<sheetData><row><c><v>a</v></c></row></sheetData>`:                                     "[a] [] false",
		`<w><sheetData><row>` + strings.Repeat("<c/>", 20_000) + `</row></sheetData>`:                                                   "[" + strings.Repeat(" ", 59) + "] [] false",
	} {
		var data bytes.Buffer
		z := zip.NewWriter(&data)
		file, err := z.Create("xl/worksheets/sheet1.xml")
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprint(file, sheet)
		z.Close()
		table := first(t, "a.xlsx", data.String(), 5)
		if got := fmt.Sprint(table.Columns, table.Rows, table.More); got != want {
			t.Errorf("%.80s: %s, want %s", sheet, got, want)
		}
	}
}

// A list of a Parquet file is one text: the longer it is, the more each further value costs.
func TestALongListIsNoEndlessText(t *testing.T) { //nolint:paralleltest // it counts allocations
	type row struct {
		L []string `parquet:"l,list"`
	}
	var data bytes.Buffer
	w := parquet.NewGenericWriter[row](&data)
	if _, err := w.Write([]row{{L: slices.Repeat([]string{"x"}, 1000)}, {L: slices.Repeat([]string{"x"}, 200_000)}}); err != nil {
		t.Fatal(err)
	}
	w.Close()
	allocations := testing.AllocsPerRun(1, func() {
		if table := first(t, "a.parquet", data.String(), 5); len(table.Rows) != 1 || !table.More {
			t.Errorf("%d rows", len(table.Rows))
		}
	})
	if allocations > 100_000 {
		t.Errorf("%.0f allocations", allocations)
	}
}

func TestABrokenFileIsNoTable(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"a.parquet", "a.xlsx", "a.csv.gz", "a.csv.zst", "a.json", "a.ndjson", "a.txt"} {
		if table, err := preview.First(strings.NewReader("not\x00that"), name, 8, 5); err == nil {
			t.Errorf("%s: %+v", name, table)
		}
	}
}

func TestALargeValueIsCut(t *testing.T) {
	t.Parallel()
	table := first(t, "a.csv", "a\n"+strings.Repeat("é", 5000)+"\n", 5)
	if got := table.Rows[0][0].Text; len(got) > 210 || !strings.HasSuffix(got, "…") {
		t.Errorf("%d bytes", len(got))
	}
}

func FuzzFirst(f *testing.F) {
	for _, data := range []string{"a,b\n1,2\n", `[{"a":1}]`, `{"a":{"b":[1]}}`, "PK\x03\x04", "PAR1"} {
		for _, name := range []string{"a.csv", "a.ndjson", "a.json", "a.parquet", "a.xlsx", "a.csv.gz", "a.json.zst"} {
			f.Add(name, []byte(data))
		}
	}
	f.Fuzz(func(t *testing.T, name string, data []byte) {
		table, err := preview.First(bytes.NewReader(data), name, int64(len(data)), 3)
		if err != nil {
			return
		}
		if len(table.Rows) > 3 && !strings.Contains(strings.ToLower(name), ".json") {
			t.Errorf("%d rows", len(table.Rows))
		}
		for _, row := range table.Rows {
			if len(row) > len(table.Columns) {
				t.Errorf("a row of %d in %d columns", len(row), len(table.Columns))
			}
		}
	})
}

// Each says when a file holds more than is read of it, and never stops short in
// silence.
func TestEachSaysWhenAFileIsLarge(t *testing.T) {
	t.Parallel()
	for name, data := range map[string]string{
		"a.csv": "id\n" + strings.Repeat("123456789\n", 200), "a.ndjson": strings.Repeat(`{"id":123456789}`+"\n", 200),
		"a.json": "[" + strings.Repeat(`{"id":123456789},`, 200) + "{}]",
	} {
		records := 0
		take := func(_ []string, row []preview.Cell) bool {
			if row != nil {
				records++
			}
			return true
		}
		size := int64(len(data))
		err := preview.Each(strings.NewReader(data), name, size, preview.Bounds{Bytes: size - 1, Columns: 9}, take)
		if !errors.Is(err, preview.ErrLarge) {
			t.Errorf("%s: %v after %d records", name, err, records)
		}
		records = 0
		if err := preview.Each(strings.NewReader(data), name, size, preview.Bounds{Bytes: size, Columns: 9}, take); err != nil || records < 200 {
			t.Errorf("%s: %v after %d records", name, err, records)
		}
	}
}

// What stands in a table is read as encoding/csv reads it, but for what that forgets.
func FuzzCSV(f *testing.F) {
	for _, data := range []string{"a,b\n1,2\n", "a\n\"\"\n", "a,b\r\n\r\n,\"\"\r\n\"x\"\"y\",\"1\r\n2\"\r", "a\n\"1", "a\n\"1\n",
		"a\n\"x\"y\",z\n", "a\n1\"2", "a\n\r\n\rx\r\r\n", "\r\r", "\"1\r", "a\r,\""} {
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data string) {
		if strings.ContainsAny(data, ";\t|\ufeff") {
			return
		}
		var rows [][]string
		err := preview.Each(strings.NewReader(data), "a.csv", int64(len(data)), preview.Bounds{Bytes: 1 << 20, Columns: 1 << 20},
			func(columns []string, row []preview.Cell) bool {
				if row == nil {
					rows = append(rows, slices.Clone(columns))
					return true
				}
				var texts []string
				for _, cell := range row {
					if cell.Text != "" && !cell.Has {
						t.Errorf("%q is null", cell.Text)
					}
					texts = append(texts, cell.Text)
				}
				rows = append(rows, texts)
				return true
			})
		if err != nil {
			t.Fatal(err)
		}
		in := csv.NewReader(strings.NewReader(data))
		in.FieldsPerRecord, in.LazyQuotes = -1, true
		want, err := in.ReadAll()
		if err != nil {
			return // encoding/csv refuses it: there is nothing to compare with
		}
		lines := regexp.MustCompile(`(\\r)+\\n`)
		told := func(rows [][]string) string { return lines.ReplaceAllString(fmt.Sprintf("%q", rows), `\n`) }
		if told(rows) != told(want) {
			t.Errorf("%q:\n%s\nwant\n%s", data, told(rows), told(want))
		}
	})
}
