package format_test

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"

	"speckle-runner/internal/output/format"
	"speckle-runner/internal/output/outputtest"
	"speckle-runner/internal/output/record"
)

// TestTypesOfColumns holds which type a column gets, from its values and from
// the query.
func TestTypesOfColumns(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, declared string
		values         []string // "" leaves the key out
		kind           string
		want           []string // nil: the values
	}{
		{"whole", "", []string{"1", "-2", "null", ""}, "INT(64,true)", []string{"1", "-2", "∅", "∅"}},
		{"a zero below zero", "", []string{"1", "-0"}, "INT(64,true)", []string{"1", "0"}},
		{"a zero below zero, and not whole", "", []string{"1.5", "-0"}, "DOUBLE", nil},
		{"the largest", "", []string{"9223372036854775807", "-9223372036854775808"}, "INT(64,true)", nil},
		{"beyond 64 bits", "", []string{"9223372036854775808", "1"}, "STRING", nil},
		{"a Float that is whole today", "Float", []string{"1", "2"}, "DOUBLE", nil},
		{"whole and not", "", []string{"1", "1.5", "2e3"}, "DOUBLE", []string{"1", "1.5", "2000"}},
		{"whole, large, and not", "", []string{"9007199254740993", "1.5"}, "STRING", nil},
		{"no float holds it", "", []string{"1e400", "1"}, "STRING", nil},
		{"booleans", "", []string{"true", "false", "null"}, "BOOLEAN", []string{"true", "false", "∅"}},
		{"a boolean and a number", "", []string{"true", "1"}, "STRING", nil},
		{"texts", "", []string{`"a"`, `""`, "null"}, "STRING", []string{"a", "", "∅"}},
		{"times", "", []string{`"2026-01-02T03:04:05.678Z"`, `"2026-01-02T03:04:05+01:00"`}, "TIMESTAMP(isAdjustedToUTC=true,unit=MICROS)",
			[]string{"2026-01-02T03:04:05.678Z", "2026-01-02T02:04:05Z"}},
		{"times finer than a table", "", []string{`"2026-01-02T03:04:05.123456789Z"`}, "STRING", []string{"2026-01-02T03:04:05.123456789Z"}},
		{"a name like a time", "String", []string{`"2026-01-02T03:04:05Z"`}, "STRING", []string{"2026-01-02T03:04:05Z"}},
		{"days are texts", "", []string{`"2026-01-02"`}, "STRING", []string{"2026-01-02"}},
		{"lists", "", []string{`[1,"a"]`, `{"b":null}`}, "STRING", nil},
		{"nothing", "", []string{"null"}, "STRING", []string{"∅"}},
		{"nothing, of a known type", "DateTime", []string{"null", ""}, "TIMESTAMP(isAdjustedToUTC=true,unit=MICROS)", []string{"∅", "∅"}},
		{"no record, of a known type", "Int", nil, "INT(64,true)", nil},
		{"a Float of many digits", "Float", []string{"10000000000000000000000", "0.1", "-0", "9007199254740992"}, "DOUBLE",
			[]string{"1e+22", "0.1", "-0", "9.007199254740992e+15"}},
		{"whole, however it is written", "int", []string{"2.0", "2e3", "-0", "9223372036854775807"}, "INT(64,true)",
			[]string{"2", "2000", "0", "9223372036854775807"}},
		{"days", "date", []string{`"2026-03-02"`, `"1969-12-31"`, "null"}, "DATE", []string{"2026-03-02", "1969-12-31", "∅"}},
		{"anything is text", "string", []string{"1.50", "true", `[1]`, `"n/a"`}, "STRING", []string{"1.50", "true", "[1]", "n/a"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var lines []string
			for _, v := range c.values {
				if v == "" {
					lines = append(lines, `{}`)
				} else {
					lines = append(lines, `{"v":`+v+`}`)
				}
			}
			columns := []record.Column{{Name: "z", Path: []string{"v"}, Type: cmp.Or(record.TypeOf(c.declared), c.declared)},
				{Name: "a.b", Path: []string{"a", "b"}, Type: "string"}}
			head, types, rows := outputtest.ReadParquet(t, outputtest.Encode(t, "parquet", outputtest.NDJSON(lines...),
				format.Options{Columns: columns}))
			want := c.want
			if want == nil {
				want = c.values
			}
			var got []string
			for _, row := range rows {
				got = append(got, row[0])
			}
			if types[0] != c.kind || !slices.Equal(got, want) || !slices.Equal(head, []string{"z", "a.b"}) || types[1] != "STRING" {
				t.Errorf("%q %s: %q, want %s %q", head, types, got, c.kind, want)
			}
		})
	}
}

// TestParquetGroups writes more than a row group.
func TestParquetGroups(t *testing.T) {
	t.Parallel()
	var lines []string
	for i := range 24 {
		lines = append(lines, fmt.Sprintf(`{"n":%d,"text":"%s"}`, i, strings.Repeat(strconv.Itoa(i), 1<<18)))
	}
	var report format.Report
	data := outputtest.Encode(t, "parquet", outputtest.NDJSON(lines...),
		format.Options{Columns: outputtest.Columns("n", "text", "typo"), Report: &report})
	file, err := parquet.OpenFile(strings.NewReader(data), int64(len(data)))
	if err != nil || len(file.RowGroups()) < 2 {
		t.Fatalf("%v, %d row groups", err, len(file.RowGroups()))
	}
	head, _, rows := outputtest.ReadParquet(t, data)
	outputtest.SameTable(t, head, rows, lines)
	if !slices.Equal(report.Absent, []string{"typo"}) {
		t.Errorf("%q", report.Absent)
	}
}

// TestParquetOfLongTexts: what a file says of its texts beside them isn't five times as
// long as they are.
func TestParquetOfLongTexts(t *testing.T) {
	t.Parallel()
	const size = 4 << 20
	random := rand.New(rand.NewPCG(1, 2))
	text := make([]byte, size)
	for i := range text {
		text[i] = 'a' + byte(random.IntN(26))
	}
	var out bytes.Buffer
	r := outputtest.NDJSON(`{"id":"a","text":"`+string(text)+`"}`, `{"id":"b","text":"b"}`)
	if err := format.Encode(t.Context(), &out, format.Format{Name: "parquet"}, r, format.Options{}); err != nil {
		t.Fatal(err)
	}
	if out.Len() > size*5/4 {
		t.Errorf("%d bytes for a text of %d", out.Len(), size)
	}
	file, err := parquet.OpenFile(bytes.NewReader(out.Bytes()), int64(out.Len()))
	if err != nil {
		t.Fatal(err)
	}
	columns := file.Metadata().RowGroups[0].Columns
	if id := columns[0].MetaData.Statistics; string(id.MinValue) != "a" || string(id.MaxValue) != "b" {
		t.Errorf("what readers leave a row group out by: %q, %q", id.MinValue, id.MaxValue)
	}
	rows := make([]parquet.Row, 2)
	reader := parquet.NewReader(file)
	if n, err := reader.ReadRows(rows); n != 2 || err != nil && !errors.Is(err, io.EOF) {
		t.Fatal(n, err)
	}
	if got := rows[0][1].String(); got != string(text) {
		t.Errorf("%d bytes came back, %.20q", len(got), got)
	}
	if err := reader.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestXLSXCells(t *testing.T) {
	t.Parallel()
	lines := []string{
		`{"t":"2026-01-02T03:04:05.678Z","n":1.5,"id":12345678901234567890,"b":true,"s":"=1+1","x":null}`,
		`{"t":"1870-01-02T03:04:05Z","n":123456789012345,"id":1,"b":false,"s":"a\r\nb\t<&>\"_x0041_ \u0000\u001f_x","l":[1]}`,
		`{"n":1234567890123456,"s":"  outer  "}`,
		`{"n":1e-320,"s":""}`,
	}
	var report format.Report
	columns := outputtest.Columns("t", "n", "id", "b", "s", "l", "x", "typo")
	sheet, rows := outputtest.ReadXLSX(t, outputtest.Encode(t, "xlsx", outputtest.NDJSON(lines...),
		format.Options{Columns: columns, Report: &report}))
	want := [][]string{
		{"t", "n", "id", "b", "s", "l", "x", "typo"},
		{"2026-01-02T03:04:05.678Z", "1.5", "12345678901234567890", "true", "=1+1", "∅", "∅", "∅"},
		{"1870-01-02T03:04:05Z", "123456789012345", "1", "false", "a\r\nb\t<&>\"_x0041_ \x00\x1f_x", "[1]", "∅", "∅"},
		{"∅", "1234567890123456", "∅", "∅", "  outer  ", "∅", "∅", "∅"},
		{"∅", "1e-320", "∅", "∅", "", "∅", "∅", "∅"},
	}
	if !slices.EqualFunc(rows, want, slices.Equal) {
		t.Errorf("rows\n%q\nwant\n%q", rows, want)
	}
	types := map[string]string{}
	for _, row := range sheet.Rows {
		for _, c := range row.Cells {
			types[c.R] = c.T + c.S
		}
	}
	for cell, kind := range map[string]string{
		"A1": "inlineStr1", "A2": "2", "A3": "inlineStr", "B2": "", "B3": "", "B4": "inlineStr5", "B5": "inlineStr5",
		"C2": "inlineStr5", "C3": "", "D2": "b6", "E2": "inlineStr5", "E3": "inlineStr8", "F3": "inlineStr",
	} {
		if got, there := types[cell]; got != kind || !there {
			t.Errorf("cell %s is %q, want %q", cell, got, kind)
		}
	}
	if sheet.Pane.State != "frozen" || sheet.Pane.YSplit != "1" || sheet.Cols[0].Width != 21 || sheet.Cols[4].Width < 10 ||
		sheet.Cols[3].Width != 8 {
		t.Errorf("%+v %+v", sheet.Pane, sheet.Cols)
	}
	if !slices.Equal(report.Absent, []string{"typo"}) {
		t.Errorf("%q", report.Absent)
	}
}

// TestXLSXRefuses holds what a sheet can't take: it ends the export, where
// Excel would cut or repair.
func TestXLSXRefuses(t *testing.T) {
	t.Parallel()
	var wide strings.Builder
	for i := range 16385 {
		fmt.Fprintf(&wide, "c%d ", i)
	}
	for name, c := range map[string]struct {
		records record.Records
		columns []record.Column
		want    string
	}{
		"columns": {outputtest.NDJSON(`{"a":1}`), outputtest.Columns(strings.Fields(wide.String())...), "16385 columns, a sheet takes 16384"},
		"text": {outputtest.NDJSON(`{"a":1}`, `{"a":"`+strings.Repeat("🏗", 16384)+`"}`), outputtest.Columns("a"),
			"record 2, column a: the text has 32768 characters, a cell takes 32767"},
	} {
		err := format.Encode(t.Context(), io.Discard, format.Format{Name: "xlsx"}, c.records, format.Options{Columns: c.columns})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	outputtest.Encode(t, "xlsx", outputtest.NDJSON(`{"a":"`+strings.Repeat("ü", 32767)+`"}`), format.Options{})
}

// TestXLSXManyColumns names columns beyond Z and ZZ.
func TestXLSXManyColumns(t *testing.T) {
	t.Parallel()
	var line bytes.Buffer
	for i := range 800 {
		fmt.Fprintf(&line, `,"c%d":%d`, i, i)
	}
	sheet, rows := outputtest.ReadXLSX(t, outputtest.Encode(t, "xlsx", outputtest.NDJSON("{"+line.String()[1:]+"}"), format.Options{}))
	if last := sheet.Rows[1].Cells[799]; last.R != "ADT2" || rows[1][799] != "799" || rows[0][26] != "c26" ||
		sheet.Rows[0].Cells[26].R != "AA1" {
		t.Errorf("%+v", last)
	}
}

// FuzzXLSXReadsBack writes any text into a cell and reads the XML with
// another parser.
func FuzzXLSXReadsBack(f *testing.F) {
	for _, seed := range []string{"a", "<&>", "_x0041_", "_x005F_", "\x00\r\n\t", "\ufffe\uffff", " ", "=1", "]]>", "𝒳", "__x000D_",
		"_x0041\x04", "_x0041", "https://x.y/\"", "A", "\u2028"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 30_000 {
			return
		}
		text = strings.ToValidUTF8(text, "\ufffd")
		columns := []record.Column{{Name: "a", Path: []string{"a"}, Type: "string"}, {Name: text}}
		data := outputtest.Encode(t, "xlsx", outputtest.NDJSON(`{"a":`+quoted(t, text)+`}`), format.Options{Columns: columns})
		_, rows := outputtest.ReadXLSX(t, data)
		if rows[1][0] != text {
			t.Errorf("%q comes back as %q", text, rows[1][0])
		}
		if heads := tableColumns(t, data); !slices.Equal(heads, rows[0]) || strings.EqualFold(heads[0], heads[1]) {
			t.Errorf("the table's heads are %q, the cells %q", heads, rows[0])
		}
	})
}
