package format_test

import (
	"encoding/csv"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"speckle-runner/internal/output/format"
	"speckle-runner/internal/output/outputtest"
	"speckle-runner/internal/output/record"
)

// FuzzCSVReadsBack writes any records and compares each cell with what
// encoding/json and encoding/csv make of them.
func FuzzCSVReadsBack(f *testing.F) {
	f.Add(`{"a":1,"b":{"c":"x,y"}}`, `{"a":null,"b":{"c":""},"d":[1,2]}`)
	f.Add(`{"a.b":1,"a":{"b":2}}`, `"text"`)
	f.Add(`{"a":{"b":1},"a":{"c":2}}`, `[]`)
	f.Add(`{"":{"":"\r\n"}}`, `{"\ud800":"\u0000\"","x":-0.0e1}`)
	f.Fuzz(func(t *testing.T, one, two string) {
		lines := valid(one, two)
		r := outputtest.NDJSON(lines...)
		columns, err := record.FindColumns(t.Context(), r)
		if err != nil {
			t.Fatal(err)
		}
		text := outputtest.Encode(t, "csv", r, format.Options{Columns: columns})
		rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		if len(lines) == 0 {
			return
		}
		if len(rows) != len(lines)+1 {
			t.Fatalf("%d rows of %d records: %q", len(rows)-1, len(lines), text)
		}
		if again := slices.Compact(slices.Sorted(slices.Values(rows[0]))); len(again) != len(columns) {
			t.Fatalf("two columns share a head: %q", rows[0])
		}
		for i, line := range lines {
			for j, c := range columns {
				// encoding/csv makes \n of \r\n inside a cell.
				want := strings.ReplaceAll(cellOf(t, line, c.Path), "\r\n", "\n")
				if rows[i+1][j] != want {
					t.Fatalf("record %s, column %q: %q, want %q", line, c.Path, rows[i+1][j], want)
				}
			}
		}
	})
}

// valid keeps the texts that are JSON values, compact as a spool has them.
func valid(texts ...string) []string {
	var lines []string
	for _, text := range texts {
		var b strings.Builder
		if json.Valid([]byte(text)) && compact(&b, text) == nil {
			lines = append(lines, b.String())
		}
	}
	return lines
}

func compact(into *strings.Builder, text string) error {
	var raw json.RawMessage
	if err := json.Unmarshal([]byte(text), &raw); err != nil {
		return err
	}
	out, err := json.Marshal(raw)
	into.Write(out)
	return err
}

func cellOf(t *testing.T, line string, path []string) string {
	t.Helper()
	raw := json.RawMessage(strings.ToValidUTF8(line, "\ufffd"))
	for _, key := range path {
		var object map[string]json.RawMessage
		if json.Unmarshal(raw, &object) != nil {
			return ""
		}
		raw = object[key]
	}
	var text string
	switch {
	case len(raw) == 0 || string(raw) == "null":
		return ""
	case raw[0] == '"':
		if err := json.Unmarshal(raw, &text); err != nil {
			t.Fatal(err)
		}
		return text
	default:
		return string(raw)
	}
}

func quoted(t testing.TB, text string) string {
	t.Helper()
	out, err := json.Marshal(text)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}
