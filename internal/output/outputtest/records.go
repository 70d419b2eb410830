package outputtest

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"

	"speckle-runner/internal/output/format"
	"speckle-runner/internal/output/record"
)

// NDJSON gives records that are no spool's.
func NDJSON(lines ...string) record.Records {
	text := strings.Join(lines, "\n")
	if len(lines) > 0 {
		text += "\n"
	}
	return record.Records{Count: int64(len(lines)), Open: func() (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader(text)), nil
	}}
}

// Encode gives a whole file as text.
func Encode(t testing.TB, name string, r record.Records, o format.Options) string {
	t.Helper()
	f, err := format.Parse(name)
	if err != nil {
		t.Fatal(err)
	}
	var buf bytes.Buffer
	if err := format.Encode(t.Context(), &buf, f, r, o); err != nil {
		t.Fatalf("encode %s: %v", name, err)
	}
	return buf.String()
}

// Many makes records of several kinds.
func Many(n int) []string {
	lines := make([]string, n)
	for i := range lines {
		lines[i] = fmt.Sprintf(`{"id":"id-%d","deep":{"n":%d,"ok":%t},"list":[%d,"a,b"]}`, i, i, i%2 == 0, i)
	}
	return lines
}

// Columns makes plain columns of dotted paths.
func Columns(paths ...string) []record.Column {
	columns := make([]record.Column, len(paths))
	for i, p := range paths {
		columns[i] = record.Column{Name: p, Path: record.SplitPath(p)}
	}
	return columns
}
