package format_test

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"speckle-runner/internal/output/format"
	"speckle-runner/internal/output/outputtest"
	"speckle-runner/internal/output/record"
)

// TestMisfits holds for each type what it doesn't take, and what is said of it.
func TestMisfits(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ kind, value, what, fits string }{
		{"int", `1.5`, "a number with a fraction", "double"},
		{"int", `"12"`, "text", "string"},
		{"int", `""`, "an empty text", "string"},
		{"int", `9223372036854775808`, "a number beyond 64 bits", "string"},
		{"int", `1e300`, "a number beyond 64 bits", "string"},
		{"int", `9007199254740993.5`, "a number beyond 64 bits", "string"},
		{"int", `true`, "true or false", "string"},
		{"double", `"n/a"`, "text", "string"},
		{"double", `"NaN"`, "text", "string"},
		{"double", `1e400`, "a number that is too large", "string"},
		{"double", `9007199254740993`, "a whole number of more digits than a double keeps", "string"},
		{"boolean", `"true"`, "text", "string"},
		{"boolean", `1`, "a number", "string"},
		{"timestamp", `"2026-03-02T02:30:00"`, "a time without a zone", "string"},
		{"timestamp", `"2026-03-02"`, "a date without a time", "string"},
		{"timestamp", `"2026-03-02T02:30:00.123456789Z"`, "a time finer than a microsecond", "string"},
		{"timestamp", `"never"`, "text that is no date or time", "string"},
		{"timestamp", `1772418600`, "a number", "string"},
		{"date", `"2026-03-02T02:30:00Z"`, "a date with a time", "timestamp"},
		{"date", `"2026-02-30"`, "text that is no date or time", "string"},
		{"date", `"02.03.2026"`, "text that is no date or time", "string"},
		{"date", `20260302`, "a number", "string"},
		{"date", `[1]`, "a list", "string"},
		{"double", `{"a":1}`, "an object", "string"},
	} {
		records := outputtest.NDJSON(`{"v":null}`, `{}`, `{"v":`+c.value+`}`)
		said := []record.Column{{Path: []string{"v"}, Type: c.kind, Said: true, Checked: true, Why: "as columns says"}}
		for _, name := range []string{"parquet", "csv", "xlsx"} {
			err := format.Encode(t.Context(), io.Discard, format.Format{Name: name}, records, format.Options{Columns: said})
			want := "record 3: " + c.what + " in column v, whose type is " + c.kind +
				" (as columns says): make it fit in select, or give the column type: " + c.fits
			if err == nil || err.Error() != want {
				t.Errorf("%s: %s as %s:\n got %v\nwant %s", name, c.value, c.kind, err, want)
			}
			if misfit, is := errors.AsType[*record.MisfitError](err); !is || misfit.Record != 3 {
				t.Errorf("%s: %T", name, err)
			}
		}
		// A type that the job didn't give binds files that carry it, and no others.
		known := []record.Column{{Path: []string{"v"}, Type: c.kind, Why: "as the query has it"}}
		err := format.Encode(t.Context(), io.Discard, format.Format{Name: "parquet"}, records, format.Options{Columns: known})
		if err == nil || !strings.HasSuffix(err.Error(), "or list the output's columns, this one as {name: v, type: "+c.fits+"}") {
			t.Errorf("%s as %s: %v", c.value, c.kind, err)
		}
		for _, name := range []string{"csv", "xlsx"} {
			outputtest.Encode(t, name, records, format.Options{Columns: known})
		}
		// One that gives way does.
		known[0].Soft = true
		var report format.Report
		outputtest.Encode(t, "parquet", records, format.Options{Columns: known, Report: &report})
		if got := report.Columns[0].Type; got == c.kind || got == "" {
			t.Errorf("%s, softly %s: it is %q", c.value, c.kind, got)
		}
	}
}

// TestKnownTypesAreNotLookedFor: where each column has a type that holds, a file is
// made in one reading, and with the same types as when they were found.
func TestKnownTypesAreNotLookedFor(t *testing.T) {
	t.Parallel()
	records := outputtest.NDJSON(outputtest.Many(3000)...)
	readings, open := 0, records.Open
	records.Open = func() (io.ReadCloser, error) {
		readings++
		return open()
	}
	columns, err := record.FindColumns(t.Context(), records)
	if err != nil {
		t.Fatal(err)
	}
	encode := func(columns []record.Column) (text string, typed []record.Column) {
		var file strings.Builder
		report := &format.Report{}
		readings = 0
		err := format.Encode(t.Context(), &file, format.Format{Name: "parquet"}, records, format.Options{Columns: columns, Report: report})
		if err != nil {
			t.Fatal(err)
		}
		return file.String(), report.Columns
	}
	found, typed := encode(columns)
	if readings != 2 {
		t.Errorf("types that have to be found: %d readings", readings)
	}
	known, again := encode(typed)
	if readings != 1 {
		t.Errorf("types that are known: %d readings", readings)
	}
	if found != known || len(typed) == 0 || !slices.EqualFunc(typed, again, func(a, b record.Column) bool { return a.Type == b.Type }) {
		t.Error("the file of known types is another")
	}
	typed[0].Soft = true
	if encode(typed); readings != 2 {
		t.Errorf("a type that may give way: %d readings", readings)
	}
}

// TestTypesThatWereWritten holds what is known after an export: a column without
// a value decides nothing.
func TestTypesThatWereWritten(t *testing.T) {
	t.Parallel()
	columns := []record.Column{{Path: []string{"n"}}, {Path: []string{"empty"}}, {Path: []string{"at"}, Type: "timestamp"},
		{Path: []string{"soft"}, Type: "double", Soft: true}}
	types := func(r record.Records) string {
		t.Helper()
		var report format.Report
		outputtest.Encode(t, "parquet", r, format.Options{Columns: columns, Report: &report})
		var all []string
		for _, c := range report.Columns {
			all = append(all, c.Type)
		}
		return strings.Join(all, ",")
	}
	if got := types(outputtest.NDJSON()); got != ",,timestamp,double" {
		t.Error(got)
	}
	if got := types(outputtest.NDJSON(`{"n":1,"empty":null,"soft":1}`)); got != "int,,timestamp,double" {
		t.Error(got)
	}
	if got := types(outputtest.NDJSON(`{"n":[1],"soft":"x"}`)); got != "string,,timestamp,string" {
		t.Error(got)
	}
}

// TestMisfitNames writes any name so that it can be copied into a job file, and
// tells nothing of the value.
func TestMisfitNames(t *testing.T) {
	t.Parallel()
	columns := []record.Column{{Name: "a \x1b[31m: b", Path: []string{"v"}, Type: "int", Checked: true}}
	err := format.Encode(t.Context(), io.Discard, format.Format{Name: "csv"}, outputtest.NDJSON(`{"v":"secret"}`),
		format.Options{Columns: columns})
	if err == nil || !strings.Contains(err.Error(), `text in column "a \x1b[31m: b", whose`) || strings.Contains(err.Error(), "secret") {
		t.Error(err)
	}
}

// TestSaidText writes what the job calls text as text, also in a sheet, where
// a number would lose its zeros.
func TestSaidText(t *testing.T) {
	t.Parallel()
	columns := []record.Column{{Name: "v", Path: []string{"v"}, Type: "string", Said: true, Checked: true},
		{Name: "day", Path: []string{"day"}, Type: "date", Said: true, Checked: true}}
	records := outputtest.NDJSON(`{"v":1.50,"day":"2026-03-02"}`, `{"v":true,"day":"1899-01-01"}`)
	sheet, rows := outputtest.ReadXLSX(t, outputtest.Encode(t, "xlsx", records, format.Options{Columns: columns}))
	if rows[1][0] != "1.50" || rows[2][0] != "true" || sheet.Rows[1].Cells[0].T != "inlineStr" || sheet.Rows[2].Cells[0].T != "inlineStr" {
		t.Errorf("%q", rows)
	}
	if day := sheet.Rows[1].Cells[1]; day.V != "46083" || day.S != "3" || rows[2][1] != "1899-01-01" {
		t.Errorf("%+v %q", day, rows)
	}
	if got, want := outputtest.Encode(t, "csv", records, format.Options{Columns: columns}),
		"v,day\n1.50,2026-03-02\ntrue,1899-01-01\n"; got != want {
		t.Errorf("%q", got)
	}
}
