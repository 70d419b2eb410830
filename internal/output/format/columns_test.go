package format_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"speckle-runner/internal/output/format"
	"speckle-runner/internal/output/outputtest"
	"speckle-runner/internal/output/record"
)

func names(columns []record.Column) []string {
	var all []string
	for _, c := range columns {
		all = append(all, c.Name)
	}
	return all
}

func TestFindColumns(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		lines []string
		want  []string
	}{
		{"first seen, below their parents", []string{`{"p":{"x":1},"q":1}`, `{"a":1,"p":{"y":1,"x":2}}`}, []string{"p.x", "p.y", "q", "a"}},
		{"null alone is a column", []string{`{"a":null}`}, []string{"a"}},
		{"null, then an object", []string{`{"a":null}`, `{"a":{"b":1}}`}, []string{"a.b"}},
		{"an empty object, then a full one", []string{`{"a":{}}`, `{"a":{"b":1}}`}, []string{"a.b"}},
		{"only empty objects", []string{`{"a":{}}`}, []string{"a"}},
		{"a value and an object", []string{`{"a":1}`, `{"a":{"b":1}}`}, []string{"a", "a.b"}},
		{"lists", []string{`{"a":[{"b":1}]}`}, []string{"a"}},
		{"dots in keys", []string{`{"a.b":1,"a":{"b":2},"c\\":3}`}, []string{`a\.b`, "a.b", `c\\`}},
		{"escaped keys are one", []string{`{"\u0061":1}`, `{"a":2}`}, []string{"a"}},
		{"an empty key", []string{`{"":1,"b":{"":2}}`}, []string{"", "b."}},
		{"no object at all", []string{`1`, `"x"`}, []string{"value"}},
		{"nothing", nil, nil},
	} {
		found, err := record.FindColumns(t.Context(), outputtest.NDJSON(c.lines...))
		if err != nil || !slices.Equal(names(found), c.want) {
			t.Errorf("%s: %q, %v, want %q", c.name, names(found), err, c.want)
		}
	}
}

func TestExpandColumns(t *testing.T) {
	t.Parallel()
	columns := []record.Column{
		{Name: "id", Path: []string{"id"}, Type: "string"},
		{Name: "object.data", Path: []string{"object", "data"}, Free: true},
		{Name: "last", Path: []string{"last"}},
	}
	lines := []string{
		`{"id":"1","object":{"data":{"h":1,"m":{"w":2}},"other":{"z":1}},"last":{"q":1}}`,
		`{"id":"2","object":{"data":{"c":1}}}`,
	}
	found, err := record.ExpandColumns(t.Context(), outputtest.NDJSON(lines...), columns)
	want := []string{"id", "object.data.h", "object.data.m.w", "object.data.c", "last"}
	if err != nil || !slices.Equal(names(found), want) {
		t.Fatalf("%q, %v, want %q", names(found), err, want)
	}
	if found[0].Type != "string" || slices.ContainsFunc(found, func(c record.Column) bool { return c.Free }) {
		t.Errorf("%+v", found)
	}
	for name, lines := range map[string][]string{"no records": nil, "always null": {`{"object":{"data":null}}`},
		"no object": {`{"object":null}`}} {
		found, err := record.ExpandColumns(t.Context(), outputtest.NDJSON(lines...), columns)
		if want := []string{"id", "object.data", "last"}; err != nil || !slices.Equal(names(found), want) {
			t.Errorf("%s: %q, %v, want %q", name, names(found), err, want)
		}
	}
	// Encode expands what the caller didn't.
	got := outputtest.Encode(t, "csv", outputtest.NDJSON(lines...), format.Options{Columns: columns})
	if head, _, _ := strings.Cut(got, "\n"); head != strings.Join(want, ",") {
		t.Errorf("head %q", head)
	}
}

func TestTooManyColumns(t *testing.T) {
	t.Parallel()
	var line strings.Builder
	for i := range 16385 {
		fmt.Fprintf(&line, `,"id%d":1`, i)
	}
	_, err := record.FindColumns(t.Context(), outputtest.NDJSON(`{"byID":{`+line.String()[1:]+`}}`))
	if err == nil || !strings.Contains(err.Error(), "more than 16384 columns (at byID.id16383): give columns") {
		t.Errorf("%v", err)
	}
}

func TestFindColumnsTellsOfBrokenRecords(t *testing.T) {
	t.Parallel()
	for _, line := range []string{`{"a":`, `{"a":1}}`, `x`, `{"a" 1}`} {
		r := outputtest.NDJSON(`{"a":1}`, line)
		if found, err := record.FindColumns(t.Context(), r); err == nil {
			t.Errorf("%s: %q", line, names(found))
		}
	}
}

func FuzzPathsSplitAndJoin(f *testing.F) {
	f.Add("a", "b.c", `\`)
	f.Add("", "", "")
	f.Add(`a\.`, `.`, `\\`)
	f.Fuzz(func(t *testing.T, a, b, c string) {
		path := []string{a, b, c}
		if got := record.SplitPath(record.JoinPath(path)); !slices.Equal(got, path) {
			t.Errorf("%q comes back as %q", path, got)
		}
	})
}
