package format_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"speckle-runner/internal/output/format"
	"speckle-runner/internal/output/outputtest"
	"speckle-runner/internal/output/record"
)

// readbackRecords are values that writers and readers of tables are known to
// disagree about. (openpyxl leaves Excel's own escape _x0041_ as it is: not here.)
var readbackRecords = []string{
	`{"id":"a1","name":"Tür, \"links\"\nEG","count":12345678901,"area":1.5,"open":true,"at":"2026-03-02T02:30:00.123Z","tags":["x","ü"],"text":"=1+1","free":null,"large":9007199254740993}`,
	`{"id":"0012","name":"","count":-1,"area":-0.25,"open":false,"at":"2026-12-31T23:59:59.000Z","tags":[],"text":"  spaced ","free":null,"large":1}`,
	`{"id":"3","name":"\u65e5\u672c 🏗","count":null,"area":1e21,"open":null,"at":null,"tags":null,"text":"a_b","free":"once","large":2}`,
}

// TestOthersReadOurFiles has every format read by an implementation that isn't
// ours, and holds what it sees against the same table. Python's csv and json,
// openpyxl, hyparquet, and the gzip and zstd tools: `make needs` installs them.
func TestOthersReadOurFiles(t *testing.T) {
	t.Parallel()
	var want readback
	golden, err := os.ReadFile("testdata/readback/table.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(golden, &want); err != nil {
		t.Fatal(err)
	}
	for _, name := range format.Names() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := readByOthers(t, name, outputtest.Encode(t, name, outputtest.NDJSON(readbackRecords...), format.Options{}))
			if !slices.Equal(got.Head, want.Head) {
				t.Errorf("head: %q, want %q", got.Head, want.Head)
			}
			if len(got.Rows) != len(want.Rows) {
				t.Fatalf("%d rows, want %d", len(got.Rows), len(want.Rows))
			}
			for i, row := range want.Rows {
				for j, cell := range row {
					if a, b := forComparing(got.Rows[i][j], name), forComparing(cell, name); a != b {
						t.Errorf("row %d, %s: %s, want %s", i+1, want.Head[j], a, b)
					}
				}
			}
		})
	}
}

// TestOthersReadOneFolder has another implementation read the files of nights
// that differ in their values: it sees one schema, and each value as its type.
func TestOthersReadOneFolder(t *testing.T) {
	t.Parallel()
	var columns []record.Column
	for _, kind := range record.Types() {
		columns = append(columns, record.Column{Name: kind, Path: []string{kind}, Type: kind})
	}
	nights := [][]string{
		{`{"string":"a","int":1,"double":1,"boolean":true,"date":"2026-03-02","timestamp":"2026-03-02T02:30:00Z"}`},
		{`{"string":1.50,"int":2.0,"double":0.5,"boolean":false,"date":"1969-12-31","timestamp":"2026-03-02T02:30:00.123+01:00"}`},
		{`{"string":null,"int":null,"date":null}`},
		nil,
	}
	want := []string{"BYTE_ARRAY UTF8 OPTIONAL", "INT64 INT_64 OPTIONAL", "DOUBLE OPTIONAL", "BOOLEAN OPTIONAL", "INT32 DATE OPTIONAL",
		"INT64 TIMESTAMP_MICROS OPTIONAL"}
	cells := []string{
		`["a" "1" "1" "true" "2026-03-02T00:00:00.000Z" "2026-03-02T02:30:00.000Z"]`,
		`["1.50" "2" "0.5" "false" "1969-12-31T00:00:00.000Z" "2026-03-02T01:30:00.123Z"]`,
		`["∅" "∅" "∅" "∅" "∅" "∅"]`,
	}
	for i, lines := range nights {
		got := readByOthers(t, "parquet", outputtest.Encode(t, "parquet", outputtest.NDJSON(lines...), format.Options{Columns: columns}))
		if !slices.Equal(got.Types, want) || !slices.Equal(got.Head, record.Types()) || len(got.Rows) != len(lines) {
			t.Errorf("night %d: %q %q, %d rows", i, got.Head, got.Types, len(got.Rows))
		}
		for _, row := range got.Rows {
			seen := make([]string, len(row))
			for j, cell := range row {
				if seen[j] = "∅"; cell != nil {
					seen[j] = *cell
				}
			}
			if text := fmt.Sprintf("%q", seen); text != cells[i] {
				t.Errorf("night %d: %s, want %s", i, text, cells[i])
			}
		}
	}
}

// readback is a table as another program sees it.
type readback struct {
	Head  []string    `json:"head"`
	Types []string    `json:"types"` // of Parquet
	Rows  [][]*string `json:"rows"`
}

// forComparing gives a cell for comparing. CSV has no null, and openpyxl reads an
// empty text as none.
func forComparing(cell *string, format string) string {
	empty := strings.HasPrefix(format, "csv") || format == "xlsx"
	switch {
	case cell == nil && !empty:
		return "null"
	case cell == nil, *cell == "":
		return `""`
	case *cell == "1e+21", *cell == "1e21", *cell == "1000000000000000000000":
		return "1e21"
	}
	return `"` + *cell + `"`
}

func readByOthers(t *testing.T, format, content string) (table readback) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "export."+format)
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	plain, compression, _ := strings.Cut(format, ".")
	input := []byte(content)
	switch compression {
	case "gz":
		input = runTool(t, nil, "gzip", "-dc", file)
	case "zst":
		input = runTool(t, nil, "zstd", "-dcq", file)
	}
	var text []byte
	if plain == "parquet" {
		modules, err := filepath.Abs("../../../.tools/node/node_modules/hyparquet")
		if err != nil {
			t.Fatal(err)
		}
		text = runTool(t, nil, "node", "testdata/readback/read.mjs", modules, file)
	} else {
		// Debian's own: openpyxl is one of its packages.
		text = runTool(t, input, "/usr/bin/python3", "testdata/readback/read.py", plain, file)
	}
	if err := json.Unmarshal(text, &table); err != nil {
		t.Fatalf("%v: %.500s", err, text)
	}
	return table
}

// runTool runs a program that has to be there.
func runTool(t *testing.T, input []byte, name string, args ...string) []byte {
	t.Helper()
	command := exec.CommandContext(t.Context(), name, args...)
	var said bytes.Buffer
	command.Stdin, command.Stderr = bytes.NewReader(input), &said
	command.Env = append(os.Environ(), "PYTHONUTF8=1")
	text, err := command.Output()
	if err != nil {
		t.Fatalf("%s: %v: %s (make needs installs what the tests use)", name, err, said.String())
	}
	return text
}
