package format_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/xuri/excelize/v2"

	"speckle-runner/internal/output/format"
	"speckle-runner/internal/output/outputtest"
	"speckle-runner/internal/output/record"
)

// sheetSeen is a sheet as openpyxl sees it.
type sheetSeen struct {
	Name    string            `json:"name"`
	Freeze  string            `json:"freeze"`
	Titles  string            `json:"titles"`
	Records int               `json:"records"`
	Head    []string          `json:"head"`
	Bold    []string          `json:"bold"`
	Tables  []tableSeen       `json:"tables"`
	Filter  *string           `json:"filter"`
	Links   map[string]string `json:"links"`
	Quoted  []string          `json:"quoted"`
	Formats map[string]string `json:"formats"`
	Types   map[string]string `json:"types"`
	Wrapped []string          `json:"wrapped"`
	Widths  []float64         `json:"widths"`
}

type tableSeen struct {
	Name   string   `json:"name"`
	Ref    string   `json:"ref"`
	Filter string   `json:"filter"`
	Heads  []string `json:"heads"`
	Insert bool     `json:"insert"`
	Style  string   `json:"style"`
}

func seenByOpenpyxl(t *testing.T, content string) (sheets []sheetSeen) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "book.xlsx")
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	text := runTool(t, nil, "/usr/bin/python3", "testdata/readback/book.py", file)
	if err := json.Unmarshal(text, &sheets); err != nil {
		t.Fatalf("%v: %.500s", err, text)
	}
	return sheets
}

func seenByExcelize(t testing.TB, content string) *excelize.File {
	t.Helper()
	book, err := excelize.OpenReader(strings.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { book.Close() })
	return book
}

func encodeSheets(t testing.TB, r record.Records, o format.Options, rows, links int) string {
	t.Helper()
	var buf bytes.Buffer
	if err := format.EncodeXLSX(t.Context(), &buf, r, o, rows, links); err != nil {
		t.Fatal(err)
	}
	return buf.String()
}

// bookRecords are what a person looks at: texts like formulas, links, times.
var bookRecords = []string{
	`{"id":"0012","text":"=1+1","at":"2026-03-02T02:30:00.000Z","n":1.5,"long":123456789012,"ok":true,` +
		`"url":"https://app.speckle.systems/projects/a?x=1&y=%41#t=ü"}`,
	`{"id":"a1","text":"one\ntwo","at":"2026-03-03T02:30:00.000Z","n":0.1234567890123,"long":1,"ok":false,"url":"not https://a.b"}`,
	`{"id":"x","text":"+49 30","at":null,"n":null,"long":null,"ok":null,"url":"mailto:a.b@example.com"}`,
}

// TestXLSXAsOthersSeeIt has a workbook read by openpyxl and by excelize.
func TestXLSXAsOthersSeeIt(t *testing.T) {
	t.Parallel()
	data := outputtest.Encode(t, "xlsx", outputtest.NDJSON(bookRecords...), format.Options{})
	heads := []string{"id", "text", "at", "n", "long", "ok", "url"}
	links := map[string]string{
		"G2": "https://app.speckle.systems/projects/a?x=1&y=%41#t=%C3%BC",
		"G4": "mailto:a.b@example.com",
	}
	const when, yes = `yyyy\-mm\-dd\ hh:mm:ss`, `"TRUE";"TRUE";"FALSE"`
	want := []sheetSeen{{
		Name: "Records", Freeze: "A2", Titles: "$1:$1", Records: 3, Head: heads,
		Bold:    []string{"A1", "B1", "C1", "D1", "E1", "F1", "G1"},
		Tables:  []tableSeen{{"Records", "A1:G4", "A1:G4", heads, false, "TableStyleMedium2"}},
		Links:   links,
		Quoted:  []string{"A2", "B2", "B4"},
		Formats: map[string]string{"C2": when, "C3": when, "E2": "0", "F2": yes, "F3": yes},
		Types: map[string]string{
			"A1": "s", "B1": "s", "C1": "s", "D1": "s", "E1": "s", "F1": "s", "G1": "s",
			"A2": "s", "B2": "s", "C2": "d", "D2": "n", "E2": "n", "F2": "b", "G2": "s",
			"A3": "s", "B3": "s", "C3": "d", "D3": "n", "E3": "n", "F3": "b", "G3": "s",
			"A4": "s", "B4": "s", "G4": "s",
		},
		Wrapped: []string{"B3"},
		Widths:  []float64{8, 9, 21, 13, 14, 8, 54},
	}}
	if got := seenByOpenpyxl(t, data); !reflect.DeepEqual(got, want) {
		t.Errorf("openpyxl sees\n%+v\nwant\n%+v", got, want)
	}

	book := seenByExcelize(t, data)
	tables, err := book.GetTables("Records")
	if err != nil || len(tables) != 1 || tables[0].Name != "Records" || tables[0].Range != "A1:G4" ||
		tables[0].StyleName != "TableStyleMedium2" {
		t.Errorf("%+v, %v", tables, err)
	}
	for cell, want := range links {
		if ok, target, err := book.GetCellHyperLink("Records", cell); !ok || target != want || err != nil {
			t.Errorf("%s leads to %s, %v", cell, target, err)
		}
	}
	if panes, err := book.GetPanes("Records"); err != nil || !panes.Freeze || panes.YSplit != 1 || panes.TopLeftCell != "A2" {
		t.Errorf("%+v, %v", panes, err)
	}
	for cell, want := range map[string]string{
		"A2": "0012", "B2": "=1+1", "C2": "2026-03-02 02:30:00", "D2": "1.5", "E2": "123456789012", "F2": "TRUE", "F3": "FALSE",
		"G2": "https://app.speckle.systems/projects/a?x=1&y=%41#t=ü", "B3": "one\ntwo",
	} {
		if got, err := book.GetCellValue("Records", cell); got != want || err != nil {
			t.Errorf("%s: %q, %v, want %q", cell, got, err, want)
		}
		if formula, err := book.GetCellFormula("Records", cell); formula != "" || err != nil {
			t.Errorf("%s is the formula %s, %v", cell, formula, err)
		}
	}
	style, err := book.GetStyle(cellStyle(t, book, "A1"))
	if err != nil || style.Font == nil || !style.Font.Bold || len(style.Fill.Color) == 0 {
		t.Errorf("head %+v, %v", style, err)
	}
	if style, err = book.GetStyle(cellStyle(t, book, "G2")); err != nil || style.Font == nil || style.Font.Underline == "" {
		t.Errorf("link %+v, %v", style, err)
	}
	for row, want := range map[int]float64{2: 15, 3: 30} {
		if height, err := book.GetRowHeight("Records", row); height != want || err != nil {
			t.Errorf("row %d is %g high, %v", row, height, err)
		}
	}
}

func cellStyle(t *testing.T, book *excelize.File, cell string) int {
	t.Helper()
	style, err := book.GetCellStyle("Records", cell)
	if err != nil {
		t.Fatal(err)
	}
	return style
}

// TestXLSXFurtherSheets writes more records than a sheet takes: the next has
// its own head, table and links.
func TestXLSXFurtherSheets(t *testing.T) {
	t.Parallel()
	for count, want := range map[int][]int{0: {0}, 1: {1}, 2: {2}, 3: {2, 1}, 4: {2, 2}, 5: {2, 2, 1}} {
		var lines []string
		for i := range count {
			lines = append(lines, fmt.Sprintf(`{"n":%d,"url":"https://x.y/%d"}`, i, i))
		}
		var report format.Report
		options := format.Options{Columns: outputtest.Columns("n", "url"), Report: &report}
		data := encodeSheets(t, outputtest.NDJSON(lines...), options, 3, 65530)
		if uncounted := (record.Records{Count: -1, Open: outputtest.NDJSON(lines...).Open}); encodeSheets(t, uncounted, options, 3,
			65530) != data {
			t.Errorf("%d records make another file when nobody has counted them", count)
		}
		n := 0
		for i, sheet := range seenByOpenpyxl(t, data) {
			name := "Records"
			if i > 0 {
				name = fmt.Sprintf("Records %d", i+1)
			}
			links := map[string]string{}
			for row := range want[i] {
				links[fmt.Sprintf("B%d", row+2)] = fmt.Sprintf("https://x.y/%d", n)
				n++
			}
			area := fmt.Sprintf("A1:B%d", max(want[i]+1, 2))
			if sheet.Name != name || sheet.Records != want[i] || sheet.Freeze != "A2" || !reflect.DeepEqual(sheet.Links, links) ||
				!slices.Equal(sheet.Bold, []string{"A1", "B1"}) || len(sheet.Tables) != 1 || sheet.Tables[0].Ref != area ||
				sheet.Tables[0].Name != strings.ReplaceAll(name, " ", "_") || sheet.Tables[0].Insert != (count == 0) {
				t.Errorf("%d records, sheet %d: %+v", count, i+1, sheet)
			}
		}
		if n != count {
			t.Errorf("%d links of %d", n, count)
		}
		var notes []string
		if len(want) > 1 {
			notes = []string{fmt.Sprintf("the records are on %d sheets: one takes 2; "+
				"for one table write csv or parquet, or several files with for_each", len(want))}
		}
		if !slices.Equal(report.Notes, notes) {
			t.Errorf("%d records: %q", count, report.Notes)
		}
	}
}

// TestXLSXTooManyLinks has more links than Excel opens: the rest is text.
func TestXLSXTooManyLinks(t *testing.T) {
	t.Parallel()
	var report format.Report
	lines := []string{
		`{"a":"https://x.y/1","b":"https://x.y/2"}`, `{"a":"text"}`, `{"a":"https://x.y/3","b":"https://x.y/4"}`,
		`{"a":"https://x.y/5"}`, `{"b":"https://x.y/6"}`,
	}
	data := encodeSheets(t, outputtest.NDJSON(lines...), format.Options{Report: &report}, 4, 3)
	sheets := seenByOpenpyxl(t, data)
	links := []map[string]string{
		{"A2": "https://x.y/1", "B2": "https://x.y/2", "A4": "https://x.y/3"},
		{"A2": "https://x.y/5", "B3": "https://x.y/6"},
	}
	if len(sheets) != 2 || !reflect.DeepEqual(sheets[0].Links, links[0]) || !reflect.DeepEqual(sheets[1].Links, links[1]) {
		t.Errorf("%+v", sheets)
	}
	want := "1 addresses are plain text: Excel opens no more than 3 links of a sheet"
	if len(report.Notes) != 2 || report.Notes[1] != want {
		t.Errorf("%q", report.Notes)
	}
}

// TestXLSXLinks holds which texts are links, and where they lead.
func TestXLSXLinks(t *testing.T) {
	t.Parallel()
	long := "https://x.y/" + strings.Repeat("a", 2079-len("https://x.y/"))
	links := []struct{ text, target string }{ // "" is no link
		{"https://app.speckle.systems/projects/236d/models/7f3e@0c11,all", "https://app.speckle.systems/projects/236d/models/7f3e@0c11,all"},
		{"http://localhost:3000", "http://localhost:3000"},
		{"HTTPS://X.Y", "HTTPS://X.Y"},
		{"http://[::1]:80/a", "http://[::1]:80/a"},
		{`https://x.y/"><a b="`, ""},
		{`https://x.y/"><a>'&`, "https://x.y/%22%3E%3Ca%3E'&"},
		{"https://x.y/Türe?q=[1]|{2}\\`^", "https://x.y/T%C3%BCre?q=%5B1%5D%7C%7B2%7D%5C%60%5E"},
		{"https://x.y?q=50%&r=%2F#a#b", "https://x.y?q=50%25&r=%2F#a%23b"},
		{"https://x.y#a", "https://x.y#a"},
		{"https://x.y/_x0041_", "https://x.y/_x0041_"},
		{"mailto:a@b.c?subject=Guten%20Tag", "mailto:a@b.c?subject=Guten%20Tag"},
		{long, long}, {long + "a", ""},
		{"https://x.y/" + strings.Repeat("ü", 400), ""}, // too long when it is written out
		{"https://x.y is where it is", ""}, {" https://x.y", ""}, {"see https://x.y", ""}, {"https://x.y\nhttps://y.z", ""},
		{"https://", ""}, {"https:///a", ""}, {"https://:80", ""}, {"https://x.y:99999", ""}, {"https://x.y:a", ""}, {"https://x..y", ""},
		{"https://user:password@x.y", ""}, {"https://tür.de", ""}, {"https://x.y/50%", ""}, {"https://x.y/\u0001", ""},
		{"javascript:alert(1)", ""}, {"file:///etc/passwd", ""}, {"ftp://x.y/a", ""}, {"//x.y/a", ""}, {"www.x.y", ""}, {`\\x\y`, ""},
		{"mailto:", ""}, {"mailto:a", ""}, {"mailto:@b", ""}, {"a@b.c", ""}, {"http://=cmd|' /C calc'!A0", ""},
	}
	var lines []string
	for _, c := range links {
		lines = append(lines, `{"a":`+quoted(t, c.text)+`}`)
	}
	data := outputtest.Encode(t, "xlsx", outputtest.NDJSON(lines...), format.Options{})
	book := seenByExcelize(t, data)
	_, rows := outputtest.ReadXLSX(t, data)
	for i, c := range links {
		_, target, err := book.GetCellHyperLink("Records", fmt.Sprintf("A%d", i+2))
		if err != nil || target != c.target || rows[i+1][0] != c.text {
			t.Errorf("%q leads to %q, %v, want %q", rows[i+1][0], target, err, c.target)
		}
	}
}

// TestXLSXHeads holds heads to what Excel wants of a table's: cells and table
// have the same, and each is different.
func TestXLSXHeads(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("🏗", 40000)
	columns := []record.Column{
		{Name: "Name", Path: []string{"a"}}, {Name: "name", Path: []string{"b"}}, {Name: "NAME (2)", Path: []string{"c"}},
		{Name: "straße"}, {Name: "STRASSE"}, {Name: "ｎａｍｅ"}, {Name: "na\u200bme"}, {Name: "a\n\tb\x01"},
		{Path: []string{""}}, {Name: "   "}, {Name: "column9"}, {Name: `<"&'>`}, {Name: "_x0041_"}, {Name: "=1+1"}, {Name: "1"},
		{Name: long}, {Name: long}, {Name: long + "a"},
	}
	want := []string{
		"Name", "name (2)", "NAME (2) (2)", "straße", "STRASSE (2)", "ｎａｍｅ (3)", "na\u200bme (4)",
		"a  b ", "Column9", "Column10", "column9 (2)",
		`<"&'>`, "_x0041_", "=1+1", "1",
		strings.Repeat("🏗", 127) + "…", strings.Repeat("🏗", 125) + "… (2)", strings.Repeat("🏗", 125) + "… (3)",
	}
	for _, lines := range [][]string{nil, {`{"a":1}`}} {
		var report format.Report
		data := outputtest.Encode(t, "xlsx", outputtest.NDJSON(lines...), format.Options{Columns: columns, Report: &report})
		_, rows := outputtest.ReadXLSX(t, data)
		if !slices.Equal(rows[0], want) {
			t.Errorf("cells\n%q\nwant\n%q", rows[0], want)
		}
		if n := len(report.Notes); n != 1 || !strings.Contains(report.Notes[0], `: "name" is "name (2)", "NAME (2)" is "NAME (2) (2)", "STRASSE" is "STRASSE (2)" and 9 more; `) {
			t.Errorf("told: %q", report.Notes)
		}
		if heads := tableColumns(t, data); !slices.Equal(heads, want) {
			t.Errorf("table\n%q\nwant\n%q", heads, want)
		}
		for _, head := range rows[0] {
			if n := len(utf16.Encode([]rune(head))); n > 255 {
				t.Errorf("%d characters", n)
			}
		}
		seenByOpenpyxl(t, data)
		seenByExcelize(t, data)
	}
	// Without columns there is no table.
	for _, sheet := range seenByOpenpyxl(t, outputtest.Encode(t, "xlsx", outputtest.NDJSON(), format.Options{})) {
		if len(sheet.Tables) > 0 {
			t.Errorf("%+v", sheet.Tables)
		}
	}
}

func tableColumns(t testing.TB, data string) (heads []string) {
	t.Helper()
	var table struct {
		Columns []struct {
			ID   int    `xml:"id,attr"`
			Name string `xml:"name,attr"`
		} `xml:"tableColumns>tableColumn"`
	}
	if err := xml.Unmarshal(part(t, data, "xl/tables/table1.xml"), &table); err != nil {
		t.Fatal(err)
	}
	for i, c := range table.Columns {
		if c.ID != i+1 {
			t.Errorf("column %d has the id %d", i+1, c.ID)
		}
		heads = append(heads, outputtest.UnescapeExcel(c.Name))
	}
	return heads
}

func part(t testing.TB, data, name string) []byte {
	t.Helper()
	archive, err := zip.NewReader(strings.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	in, err := archive.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	text, err := io.ReadAll(in)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// worksheetOrder is the order of a worksheet's elements in ECMA-376, as far as
// they are used: Excel repairs a file that has another.
var worksheetOrder = []string{
	"sheetPr", "dimension", "sheetViews", "sheetFormatPr", "cols", "sheetData", "hyperlinks",
	"pageMargins", "pageSetup", "headerFooter", "ignoredErrors", "tableParts",
}

// TestXLSXParts holds what Excel checks when it opens a workbook: the order of
// elements, that every relation leads to a part, every part has a type, and
// every id is there once.
func TestXLSXParts(t *testing.T) {
	t.Parallel()
	data := encodeSheets(t, outputtest.NDJSON(bookRecords...), format.Options{}, 3, 65530)
	if again := encodeSheets(t, outputtest.NDJSON(bookRecords...), format.Options{}, 3, 65530); again != data {
		t.Error("the same records make another file")
	}
	archive, err := zip.NewReader(strings.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	if archive.File[0].Name != "[Content_Types].xml" {
		t.Errorf("%s comes first", archive.File[0].Name)
	}
	types := string(part(t, data, "[Content_Types].xml"))
	there := map[string]bool{}
	for _, f := range archive.File {
		if there[f.Name] {
			t.Errorf("%s is there twice", f.Name)
		}
		there[f.Name] = true
		typed := strings.Contains(types, `PartName="/`+f.Name+`"`)
		if typed == (strings.HasSuffix(f.Name, ".rels") || strings.HasPrefix(f.Name, "[")) {
			t.Errorf("%s, named in the content types: %v", f.Name, typed)
		}
	}
	for _, f := range archive.File {
		if !strings.HasSuffix(f.Name, ".rels") {
			continue
		}
		base := filepath.Dir(filepath.Dir(f.Name))
		for _, r := range relationsOf(t, part(t, data, f.Name)) {
			if to := filepath.Join(base, r.Target); r.Mode != "External" && !there[to] {
				t.Errorf("%s: %s leads to %s", f.Name, r.ID, to)
			}
		}
	}
	for n := 1; n <= 2; n++ {
		text := part(t, data, fmt.Sprintf("xl/worksheets/sheet%d.xml", n))
		if got := elements(t, text); !slices.Equal(got, worksheetOrder) {
			t.Errorf("sheet %d: %q", n, got)
		}
		ids := map[string]bool{}
		for _, r := range relationsOf(t, part(t, data, fmt.Sprintf("xl/worksheets/_rels/sheet%d.xml.rels", n))) {
			if ids[r.ID] || !bytes.Contains(text, []byte(`r:id="`+r.ID+`"`)) {
				t.Errorf("sheet %d: %s is there twice, or used by nothing", n, r.ID)
			}
			ids[r.ID] = true
		}
		if used := bytes.Count(text, []byte(`r:id="`)); used != len(ids) {
			t.Errorf("sheet %d uses %d relations of %d", n, used, len(ids))
		}
	}
}

type relationSeen struct {
	ID     string `xml:"Id,attr"`
	Target string `xml:"Target,attr"`
	Mode   string `xml:"TargetMode,attr"`
}

func relationsOf(t testing.TB, text []byte) []relationSeen {
	t.Helper()
	var all struct {
		Relations []relationSeen `xml:"Relationship"`
	}
	if err := xml.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	return all.Relations
}

// elements names the elements right below a document's root.
func elements(t testing.TB, text []byte) (names []string) {
	t.Helper()
	in, depth := xml.NewDecoder(bytes.NewReader(text)), 0
	for {
		token, err := in.Token()
		if errors.Is(err, io.EOF) {
			return names
		}
		if err != nil {
			t.Fatal(err)
		}
		switch e := token.(type) {
		case xml.StartElement:
			if depth++; depth == 2 {
				names = append(names, e.Name.Local)
			}
		case xml.EndElement:
			depth--
		}
	}
}

// TestXLSXTextStaysText holds which texts would become something else when
// somebody edits their cell.
func TestXLSXTextStaysText(t *testing.T) {
	t.Parallel()
	texts := map[string]bool{
		"=1+1": true, "+1": true, "-1": true, "- item": true, "@a": true, "'a": true, "0012": true, "1e5": true, "12E5678901": true, "1/2": true,
		"2026-03-02": true, "12:30": true, "1,5": true, "50%": true, ".5": true, "true": true, "FALSE": true,
		"": false, "a": false, " =1": false, "236d44f972": false, "3 items": false, "a=b": false, "trues": false, "Level 1": false,
	}
	var lines, cells []string
	for text, quote := range texts {
		lines = append(lines, `{"a":`+quoted(t, text)+`}`)
		if quote {
			cells = append(cells, fmt.Sprintf("A%d", len(lines)+1))
		}
	}
	sheets := seenByOpenpyxl(t, outputtest.Encode(t, "xlsx", outputtest.NDJSON(lines...), format.Options{}))
	slices.Sort(cells)
	slices.Sort(sheets[0].Quoted)
	if !slices.Equal(sheets[0].Quoted, cells) {
		t.Errorf("%q of %q", sheets[0].Quoted, lines)
	}
	for cell, kind := range sheets[0].Types {
		if kind != "s" {
			t.Errorf("%s is %s", cell, kind)
		}
	}
}

// TestXLSXWidths holds that a column is as wide as it looks.
func TestXLSXWidths(t *testing.T) {
	t.Parallel()
	lines := []string{
		`{"wide":"\u65e5\u672c\u8a9e\u306e\u540d\u524d","marks":"` + strings.Repeat(`e\u0301`, 8) + `","lines":"first line\nsecond",` +
			`"long":"` + strings.Repeat("x", 500) + `","n":0.30000000000000004,"a long head":1}`,
	}
	sheets := seenByOpenpyxl(t, outputtest.Encode(t, "xlsx", outputtest.NDJSON(lines...), format.Options{}))
	if want := []float64{14, 10, 12, 62, 13, 16}; !slices.Equal(sheets[0].Widths, want) {
		t.Errorf("%v, want %v", sheets[0].Widths, want)
	}
}
