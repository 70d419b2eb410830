package format_test

import (
	"slices"
	"strings"
	"testing"

	"speckle-runner/internal/output/format"
)

func TestFormatsParse(t *testing.T) {
	t.Parallel()
	want := []string{"json", "json.gz", "json.zst", "ndjson", "ndjson.gz", "ndjson.zst", "csv", "csv.gz", "csv.zst", "parquet", "xlsx"}
	if got := format.Names(); !slices.Equal(got, want) {
		t.Errorf("Names() = %q, want %q", got, want)
	}
	for _, name := range format.Names() {
		f, err := format.Parse(name)
		if err != nil || f.String() != name {
			t.Errorf("Parse(%q) = %v, %v", name, f, err)
		}
		if f.Table() != (strings.HasPrefix(name, "csv") || name == "parquet" || name == "xlsx") {
			t.Errorf("%s: Table() = %v", name, f.Table())
		}
	}
	for _, name := range []string{"", "CSV", ".csv", "csv.", "csv.bz2", "gz", "xml", "csv.gz.gz", "parquet.gz", "xlsx.zst"} {
		if f, err := format.Parse(name); err == nil || !strings.Contains(err.Error(), "one of json, json.gz") {
			t.Errorf("Parse(%q) = %v, %v", name, f, err)
		}
	}
}

func TestFormatOfAName(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"a.csv": "csv", "exports/{job}/{date}.csv.gz": "csv.gz", "A.JSON": "json", "x.tar.ndjson.zst": "ndjson.zst",
		"a.csv.json": "json", ".csv.csv": "csv", "v1.2.ndjson": "ndjson",
	} {
		if f, err := format.Of(name); err != nil || f.String() != want {
			t.Errorf("Of(%q) = %v, %v, want %s", name, f, err, want)
		}
	}
	for _, name := range []string{"", "a", "csv", "a.txt", "a.gz", "a.csv.bz2", "a.csv/b"} {
		if f, err := format.Of(name); err == nil {
			t.Errorf("Of(%q) = %v", name, f)
		}
	}
}

func TestWhatFormatsCan(t *testing.T) {
	t.Parallel()
	if got := format.Which(format.Format.Grows); !slices.Equal(got, []string{"csv", "ndjson"}) {
		t.Errorf("%q grow", got)
	}
	if got := format.Which(format.Format.Fields); !slices.Equal(got, []string{"csv"}) {
		t.Errorf("%q have fields", got)
	}
	for name, want := range map[string]bool{"parquet.gz": true, "xlsx.zst": true, "csv.gz": false, "parquet.csv": false, "txt.gz": false} {
		of, suffix, _ := strings.Cut(name, ".")
		if format.CompressedItself(of, suffix) != want {
			t.Errorf("%s: want %v", name, want)
		}
	}
}
