package output_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
	"testing"

	"compress/gzip"

	"github.com/klauspost/compress/zstd"

	"speckle-runner/internal/output"
	"speckle-runner/internal/output/record"
)

var samples = map[string][]string{
	"none":    {},
	"one":     {`{"id":"a","n":1}`},
	"unicode": {`{"id":"ü","name":"Πύργος \"Ost\"\nzweite"}`, `{"id":"🏗","name":"\u00e9\ud83c\udfd7"}`},
	"numbers": {`{"n":1.10,"big":12345678901234567890123,"e":1E5,"neg":-0}`},
	"long":    {`{"id":"` + strings.Repeat("x", 3*output.ReadSize) + `"}`, `{"id":"b"}`},
	"many":    many(2000),
}

func many(n int) []string {
	lines := make([]string, n)
	for i := range lines {
		lines[i] = fmt.Sprintf(`{"id":"id-%d","deep":{"n":%d,"ok":%t},"list":[%d,"a,b"]}`, i, i, i%2 == 0, i)
	}
	return lines
}

// decompress reads with the standard library's gzip, and with zstd's own
// decoder.
func decompress(t testing.TB, f output.Format, data string) string {
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

// TestEveryFormatReadsBack decodes each format with a reader that isn't ours.
func TestEveryFormatReadsBack(t *testing.T) {
	for _, name := range output.Formats() {
		f, err := output.ParseFormat(name)
		if err != nil {
			t.Fatal(err)
		}
		for sample, lines := range samples {
			if refused["file "+name+"/"+sample] != "" {
				continue // TestConformance has it
			}
			t.Run(name+"/"+sample, func(t *testing.T) {
				encoded := encode(t, name, ndjson(lines...), output.EncodeOptions{})
				if again := encode(t, name, ndjson(lines...), output.EncodeOptions{}); again != encoded {
					t.Error("the same records give other bytes")
				}
				readsBack(t, f, encoded, lines)
			})
		}
	}
}

// readsBack decodes an encoded file and compares it with its records.
func readsBack(t *testing.T, f output.Format, encoded string, lines []string) {
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
		head, _, rows := readParquet(t, text)
		sameTable(t, head, rows, lines)
	case "xlsx":
		_, rows := readXLSX(t, text)
		if len(rows) == 0 { // no records, and no columns known
			rows = [][]string{nil}
		}
		sameTable(t, rows[0], rows[1:], lines)
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
		if want := flat(t, line, rows[0]); !slices.Equal(rows[i+1], want) {
			t.Fatalf("row %d is %.200q, want %.200q", i, rows[i+1], want)
		}
	}
}

// flat makes the cells of a record the slow way: decode, walk, print.
func flat(t testing.TB, line string, head []string) []string {
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

func TestJSONShape(t *testing.T) {
	for _, c := range []struct {
		name   string
		lines  []string
		single bool
		want   string
	}{
		{"zero", nil, false, "[\n]\n"},
		{"one", []string{`{"a":1.0}`}, false, "[\n{\"a\":1.0}\n]\n"},
		{"two", []string{`1`, `"b"`}, false, "[\n1,\n\"b\"\n]\n"},
		{"single", []string{`{"a":1}`}, true, "{\"a\":1}\n"},
	} {
		if got := encode(t, "json", ndjson(c.lines...), output.EncodeOptions{Single: c.single}); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
	for _, lines := range [][]string{nil, {"1", "2"}} {
		err := output.Encode(t.Context(), io.Discard, output.Format{Name: "json"}, ndjson(lines...), output.EncodeOptions{Single: true})
		if err == nil || !strings.Contains(err.Error(), "a single record was expected") {
			t.Errorf("%d records as a single one: %v", len(lines), err)
		}
	}
}

func TestNDJSONEndsItsLastLine(t *testing.T) {
	r := record.Records{Count: 2, Open: func() (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader("{\"a\":1}\n{\"a\":2}")), nil
	}}
	for name, want := range map[string]string{
		"ndjson": "{\"a\":1}\n{\"a\":2}\n", "json": "[\n{\"a\":1},\n{\"a\":2}\n]\n", "csv": "a\n1\n2\n",
	} {
		if got := encode(t, name, r, output.EncodeOptions{}); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

// TestACutSpoolIsNoExport holds promise 1: fewer records than were written
// never pass for all of them.
func TestACutSpoolIsNoExport(t *testing.T) {
	for _, name := range output.Formats() {
		f, _ := output.ParseFormat(name)
		for _, count := range []int64{1, 3} {
			r := ndjson(`{"a":1}`, `{"a":2}`)
			r.Count = count
			err := output.Encode(t.Context(), io.Discard, f, r, output.EncodeOptions{Columns: []record.Column{{Path: []string{"a"}}}})
			if err == nil || !strings.Contains(err.Error(), "read records: 2 came back of") {
				t.Errorf("%s, count %d: %v", name, count, err)
			}
		}
	}
}

func TestEncodeStops(t *testing.T) {
	stop := errors.New("the run was replaced")
	broken := errors.New("spool is gone")
	full := errors.New("no space left")
	for _, name := range output.Formats() {
		f, _ := output.ParseFormat(name)
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(stop)
		if err := output.Encode(ctx, io.Discard, f, ndjson(many(10)...), output.EncodeOptions{}); !errors.Is(err, stop) {
			t.Errorf("%s: after cancel: %v", name, err)
		}
		r := record.Records{Open: func() (io.ReadCloser, error) { return nil, broken }}
		if err := output.Encode(t.Context(), io.Discard, f, r, output.EncodeOptions{}); !errors.Is(err, broken) {
			t.Errorf("%s: unreadable records: %v", name, err)
		}
		if err := output.Encode(t.Context(), failing{full}, f, ndjson(many(10)...), output.EncodeOptions{}); !errors.Is(err, full) {
			t.Errorf("%s: full disk: %v", name, err)
		}
	}
	for _, f := range []output.Format{{}, {Name: "xml"}, {Name: "csv", Compression: "bz2"}} {
		if err := output.Encode(t.Context(), io.Discard, f, ndjson(), output.EncodeOptions{}); err == nil {
			t.Errorf("%v is no error", f)
		}
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

func TestLines(t *testing.T) {
	long := strings.Repeat("y", 2*output.ReadSize)
	r := record.Records{Count: -1, Open: func() (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader("1\n\n\"" + long + "\"\r\n3")), nil
	}}
	var got []string
	for line, err := range r.Lines(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, string(bytes.Clone(line)))
	}
	if want := []string{"1", `"` + long + `"`, "3"}; !reflect.DeepEqual(got, want) {
		t.Errorf("%d lines", len(got))
	}
	for range r.Lines(t.Context()) {
		break // an early end is no error
	}
}
