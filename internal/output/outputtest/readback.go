package outputtest

import (
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"speckle-runner/internal/output/format"
)

// decompress reads with the standard library's gzip, and with zstd's own
// decoder.
func decompress(t testing.TB, f format.Format, data string) string {
	t.Helper()
	var in io.Reader = strings.NewReader(data)
	switch f.Compression {
	case "gz":
		gz, err := gzip.NewReader(in)
		if err != nil {
			t.Fatal(err)
		}
		if !gz.ModTime.IsZero() || gz.Name != "" {
			t.Errorf("gzip header has a time or a name: %v %q", gz.ModTime, gz.Name)
		}
		in = gz
	case "zst":
		dec, err := zstd.NewReader(in)
		if err != nil {
			t.Fatal(err)
		}
		defer dec.Close()
		in = dec
	}
	text, err := io.ReadAll(in)
	if err != nil {
		t.Fatalf("decompress %s: %v", f, err)
	}
	return string(text)
}

// ReadsBack decodes an encoded file and compares it with its records.
func ReadsBack(t *testing.T, f format.Format, encoded string, lines []string) {
	t.Helper()
	text := decompress(t, f, encoded)
	switch f.Name {
	case "json":
		sameValues(t, jsonArray(t, text), lines)
	case "ndjson":
		sameValues(t, jsonLines(t, text), lines)
	case "csv":
		sameRows(t, text, lines)
	case "parquet":
		head, _, rows := ReadParquet(t, text)
		SameTable(t, head, rows, lines)
	case "xlsx":
		_, rows := ReadXLSX(t, text)
		if len(rows) == 0 { // no records, and no columns known
			rows = [][]string{nil}
		}
		SameTable(t, rows[0], rows[1:], lines)
	default:
		t.Errorf("no reader for %s", f.Name)
	}
}

func jsonArray(t *testing.T, text string) []json.RawMessage {
	t.Helper()
	var values []json.RawMessage
	if err := json.Unmarshal([]byte(text), &values); err != nil {
		t.Fatalf("%q: %v", text[:min(len(text), 200)], err)
	}
	return values
}

func jsonLines(t *testing.T, text string) []json.RawMessage {
	t.Helper()
	var values []json.RawMessage
	for dec := json.NewDecoder(strings.NewReader(text)); ; {
		var v json.RawMessage
		if err := dec.Decode(&v); err == io.EOF {
			return values
		} else if err != nil {
			t.Fatal(err)
		}
		values = append(values, v)
	}
}

func sameValues(t *testing.T, got []json.RawMessage, want []string) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d records, want %d", len(got), len(want))
	}
	for i, v := range got {
		if string(v) != want[i] {
			t.Fatalf("record %d is %.200s, want %.200s", i, v, want[i])
		}
	}
}

func sameRows(t *testing.T, text string, lines []string) {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(lines) == 0 {
		if len(rows) != 0 {
			t.Fatalf("rows %q from no records", rows)
		}
		return
	}
	if len(rows) != len(lines)+1 {
		t.Fatalf("%d rows of %d records", len(rows)-1, len(lines))
	}
	for i, line := range lines {
		if want := Flat(t, line, rows[0]); !slices.Equal(rows[i+1], want) {
			t.Fatalf("row %d is %.200q, want %.200q", i, rows[i+1], want)
		}
	}
}
