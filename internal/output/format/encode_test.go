package format_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"

	"speckle-runner/internal/output/format"
	"speckle-runner/internal/output/outputtest"
	"speckle-runner/internal/output/record"
)

var samples = map[string][]string{
	"none":    {},
	"one":     {`{"id":"a","n":1}`},
	"unicode": {`{"id":"ü","name":"Πύργος \"Ost\"\nzweite"}`, `{"id":"🏗","name":"\u00e9\ud83c\udfd7"}`},
	"numbers": {`{"n":1.10,"big":12345678901234567890123,"e":1E5,"neg":-0}`},
	"long":    {`{"id":"` + strings.Repeat("x", 3*record.ReadSize) + `"}`, `{"id":"b"}`},
	"many":    outputtest.Many(2000),
}

// TestEveryFormatReadsBack decodes each format with a reader that isn't ours.
func TestEveryFormatReadsBack(t *testing.T) {
	t.Parallel()
	for _, name := range format.Names() {
		f, err := format.Parse(name)
		if err != nil {
			t.Fatal(err)
		}
		for sample, lines := range samples {
			if name == "xlsx" && sample == "long" {
				continue // TestConformance has it
			}
			t.Run(name+"/"+sample, func(t *testing.T) {
				t.Parallel()
				encoded := outputtest.Encode(t, name, outputtest.NDJSON(lines...), format.Options{})
				if again := outputtest.Encode(t, name, outputtest.NDJSON(lines...), format.Options{}); again != encoded {
					t.Error("the same records give other bytes")
				}
				outputtest.ReadsBack(t, f, encoded, lines)
			})
		}
	}
}

func TestJSONShape(t *testing.T) {
	t.Parallel()
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
		if got := outputtest.Encode(t, "json", outputtest.NDJSON(c.lines...), format.Options{Single: c.single}); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
	for _, lines := range [][]string{nil, {"1", "2"}} {
		err := format.Encode(t.Context(), io.Discard, format.Format{Name: "json"}, outputtest.NDJSON(lines...), format.Options{Single: true})
		if err == nil || !strings.Contains(err.Error(), "a single record was expected") {
			t.Errorf("%d records as a single one: %v", len(lines), err)
		}
	}
}

func TestNDJSONEndsItsLastLine(t *testing.T) {
	t.Parallel()
	r := record.Records{Count: 2, Open: func() (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader("{\"a\":1}\n{\"a\":2}")), nil
	}}
	for name, want := range map[string]string{
		"ndjson": "{\"a\":1}\n{\"a\":2}\n", "json": "[\n{\"a\":1},\n{\"a\":2}\n]\n", "csv": "a\n1\n2\n",
	} {
		if got := outputtest.Encode(t, name, r, format.Options{}); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

// TestACutSpoolIsNoExport holds promise 1: fewer records than were written
// never pass for all of them.
func TestACutSpoolIsNoExport(t *testing.T) {
	t.Parallel()
	for _, name := range format.Names() {
		f, _ := format.Parse(name)
		for _, count := range []int64{1, 3} {
			r := outputtest.NDJSON(`{"a":1}`, `{"a":2}`)
			r.Count = count
			err := format.Encode(t.Context(), io.Discard, f, r, format.Options{Columns: []record.Column{{Path: []string{"a"}}}})
			if err == nil || !strings.Contains(err.Error(), "read records: 2 came back of") {
				t.Errorf("%s, count %d: %v", name, count, err)
			}
		}
	}
}

func TestEncodeStops(t *testing.T) {
	t.Parallel()
	stop := errors.New("the run was replaced")
	broken := errors.New("spool is gone")
	full := errors.New("no space left")
	for _, name := range format.Names() {
		f, _ := format.Parse(name)
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(stop)
		if err := format.Encode(ctx, io.Discard, f, outputtest.NDJSON(outputtest.Many(10)...), format.Options{}); !errors.Is(err, stop) {
			t.Errorf("%s: after cancel: %v", name, err)
		}
		r := record.Records{Open: func() (io.ReadCloser, error) { return nil, broken }}
		if err := format.Encode(t.Context(), io.Discard, f, r, format.Options{}); !errors.Is(err, broken) {
			t.Errorf("%s: unreadable records: %v", name, err)
		}
		if err := format.Encode(t.Context(), failing{full}, f, outputtest.NDJSON(outputtest.Many(10)...), format.Options{}); !errors.Is(err,
			full) {
			t.Errorf("%s: full disk: %v", name, err)
		}
	}
	for _, f := range []format.Format{{}, {Name: "xml"}, {Name: "csv", Compression: "bz2"}} {
		if err := format.Encode(t.Context(), io.Discard, f, outputtest.NDJSON(), format.Options{}); err == nil {
			t.Errorf("%v is no error", f)
		}
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

func TestLines(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("y", 2*record.ReadSize)
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
