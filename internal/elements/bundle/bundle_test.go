package bundle_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"speckle-runner/internal/elements"
	"speckle-runner/internal/elements/bundle"
	"speckle-runner/internal/elements/bundle/sample"
)

// written is b as files, read as a Source.
func written(t *testing.T, b sample.Bundle, layout sample.Layout) *bundle.Bundle {
	t.Helper()
	files, err := b.Write(t.TempDir(), "v", layout)
	if err != nil {
		t.Fatal(err)
	}
	return opened(t, files)
}

func opened(t *testing.T, files map[string]string) *bundle.Bundle {
	t.Helper()
	scratch := t.TempDir()
	b, err := bundle.Open(t.Context(), files, bundle.Options{Scratch: scratch, Warn: func(w string) { t.Error("warned: " + w) }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
		if left, _ := os.ReadDir(scratch); len(left) > 0 {
			t.Errorf("%d scratch folders are left", len(left))
		}
	})
	return b
}

// records are what Write makes, a line each.
func records(t *testing.T, src elements.Source, spec elements.Spec) string {
	t.Helper()
	var out strings.Builder
	_, err := elements.Write(t.Context(), src, spec, func(record []byte) error {
		if !json.Valid(record) {
			t.Errorf("no JSON: %s", record)
		}
		out.Write(record)
		out.WriteByte('\n')
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out.String()
}

var doors = elements.Spec{
	Where: []elements.Condition{{Name: "category", Any: []elements.Value{{Kind: elements.Text, Text: "Doors"}}}},
	Properties: []elements.Named{
		{Name: "fire", Path: "Fire Rating"},
		{Name: "area", Path: "Dimensions.Area"},
	},
}

func TestDoorsOfTheSmallBundle(t *testing.T) {
	want := `{"id":"d-1","name":"Door 01","category":"Doors","family":null,"type":"Single-Flush","level":"L1","room":null,` +
		`"system":null,"host":null,"parent":null,"fire":"EI30","area":1.89}
{"id":"d-2","name":null,"category":"Doors","family":null,"type":null,"level":null,"room":null,` +
		`"system":null,"host":null,"parent":null,"fire":null,"area":2.1}
`
	for _, b := range []sample.Bundle{sample.Small(), sample.Small().Resolved(), sample.Small().Shuffled(3)} {
		if got := records(t, written(t, b, sample.Layout{}), doors); got != want {
			t.Errorf("got\n%swant\n%s", got, want)
		}
	}
}

func TestEverythingOfTheSmallBundle(t *testing.T) {
	want := `{"id":"d-1","name":"Door 01","category":"Doors","family":null,"type":"Single-Flush","level":"L1","room":null,` +
		`"system":null,"host":null,"parent":null,"properties":{"Dimensions":{"Area":1.89},"Fire Rating":"EI30"}}
{"id":"d-2","name":null,"category":"Doors","family":null,"type":null,"level":null,"room":null,` +
		`"system":null,"host":null,"parent":null,"properties":{"Dimensions":{"Area":2.1}}}
{"id":"w-1","name":null,"category":"Walls","family":null,"type":null,"level":null,"room":null,` +
		`"system":null,"host":null,"parent":null,"properties":{}}
`
	if got := records(t, written(t, sample.Small(), sample.Layout{}), elements.Spec{}); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestPropertyRowsOfTheSmallBundle(t *testing.T) {
	want := `{"id":"d-1","path":"category","text":"Doors","number":null,"boolean":null,"unit":null,"scope":"instance"}
{"id":"d-1","path":"name","text":"Door 01","number":null,"boolean":null,"unit":null,"scope":"instance"}
{"id":"d-1","path":"properties.Dimensions.Area","text":null,"number":1.89,"boolean":null,"unit":"m²","scope":"instance"}
{"id":"d-1","path":"properties.Fire Rating","text":"EI30","number":null,"boolean":null,"unit":null,"scope":"type"}
{"id":"d-2","path":"category","text":"Doors","number":null,"boolean":null,"unit":null,"scope":"instance"}
{"id":"d-2","path":"properties.Dimensions.Area","text":null,"number":2.1,"boolean":null,"unit":"m²","scope":"instance"}
{"id":"w-1","path":"category","text":"Walls","number":null,"boolean":null,"unit":null,"scope":"instance"}
`
	got := records(t, written(t, sample.Small(), sample.Layout{}), elements.Spec{Rows: elements.RowsProperties})
	if got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

// Any bundle, its rows in any order and in any layout, with the properties of
// types by themselves or as the objects' own, gives the same records.
func TestTheOrderOfRowsAndTablesOfTypesChangeNoRecord(t *testing.T) {
	for seed := range uint64(12) {
		b := sample.Random(seed)
		want := records(t, written(t, b, sample.Layout{}), elements.Spec{Units: true})
		if strings.Count(want, "\n") != b.Table(sample.Objects).Rows {
			t.Fatalf("seed %d: %d records of %d objects", seed, strings.Count(want, "\n"), b.Table(sample.Objects).Rows)
		}
		for name, other := range map[string]sample.Bundle{
			"shuffled": b.Shuffled(seed), "resolved": b.Resolved(), "resolved and shuffled": b.Resolved().Shuffled(seed + 1),
		} {
			layout := sample.Layout{GroupRows: 1 + int(seed*seed)*4, Version: 1 + int(seed)%2, Plain: seed%3 == 0}
			if got := records(t, written(t, other, layout), elements.Spec{Units: true}); got != want {
				t.Fatalf("seed %d, %s: got\n%swant\n%s", seed, name, got, want)
			}
		}
	}
}

// with changes a table of the small bundle: its columns, and each of its rows.
func with(suffix string, columns func([]sample.Column) []sample.Column, row func([]any) []any) sample.Bundle {
	b := sample.Small()
	table := b.Table(suffix)
	before := table.Row
	table.Columns = columns(slices.Clone(table.Columns))
	table.Row = func(i int) []any { return row(slices.Clone(before(i))) }
	return b.With(table)
}

// TestALevelWithoutANameIsNone: its number in the file is no storey, and another in
// the next version.
func TestALevelWithoutANameIsNone(t *testing.T) {
	for _, name := range []any{nil, ""} {
		b := with(sample.Nodes, func(c []sample.Column) []sample.Column { return c }, func(r []any) []any { r[2] = name; return r })
		if got := records(t, written(t, b, sample.Layout{}), doors); !strings.Contains(got, `"type":"Single-Flush","level":null`) {
			t.Error(got)
		}
	}
}

// TestColumnsOfAnotherType: parquet's own words say what is there and what should be.
func TestColumnsOfAnotherType(t *testing.T) {
	for column, c := range map[int]struct {
		kind sample.Kind
		cell any
		says string
	}{
		2: {sample.Int, int32(1), "column value_string, row group 0: its type is INT32, where a bundle has BYTE_ARRAY"},
		3: {sample.String, "1.89", "column value_double, row group 0: its type is BYTE_ARRAY, where a bundle has DOUBLE or FLOAT"},
		4: {sample.Double, 1.0, "column value_boolean, row group 0: its type is DOUBLE, where a bundle has BOOLEAN"},
	} {
		b := with(sample.Cells, func(all []sample.Column) []sample.Column { all[column].Kind = c.kind; return all }, func(r []any) []any {
			r[2], r[3], r[4] = nil, nil, nil
			r[column] = c.cell
			return r
		})
		files, err := b.Write(t.TempDir(), "v", sample.Layout{})
		if err != nil {
			t.Fatal(err)
		}
		if err := readAll(t, files, t.TempDir()); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%v, want %s", err, c.says)
		}
	}
}

// TestAPageThatIsTooLargeIsNotBroken: to publish the version again wouldn't help.
func TestAPageThatIsTooLargeIsNotBroken(t *testing.T) {
	b := sample.Small()
	table := b.Table(sample.Cells)
	row := table.Row
	table.Rows, table.Row = 70, func(i int) []any {
		r := slices.Clone(row(0))
		r[2], r[3], r[4] = fmt.Sprintf("%d %s", i, strings.Repeat("long ", 100_000)), nil, nil
		return r
	}
	files, err := b.With(table).Write(t.TempDir(), "v", sample.Layout{})
	if err != nil {
		t.Fatal(err)
	}
	want := "the bundle's .eav.eav.parquet is more than this runner reads: " +
		"column value_string, row group 0: one of its pages has 35000480 bytes"
	if err := readAll(t, files, t.TempDir()); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("%v, want %s", err, want)
	}
}

// TestColumnsThatAreMissingAreTold: without units, nobody can tell metres from feet.
func TestColumnsThatAreMissingAreTold(t *testing.T) {
	b := with(sample.Cells, func(all []sample.Column) []sample.Column { return slices.Delete(all, 5, 6) },
		func(r []any) []any { return slices.Delete(r, 5, 6) })
	want := "the bundle's .eav.eav.parquet has no column unit: it is read as if no value had one"
	if _, got := warned(t, b); got != want {
		t.Errorf("%q", got)
	}
}

func TestEveryFaultIsFound(t *testing.T) {
	for _, fault := range sample.Faults() {
		t.Run(fault.Name, func(t *testing.T) {
			files, err := fault.Write(t.TempDir(), "v")
			if err != nil {
				t.Fatal(err)
			}
			scratch := t.TempDir()
			err = readAll(t, files, scratch)
			var broken *bundle.Error
			var missing *bundle.MissingError
			switch {
			case errors.As(err, &broken) && broken.File == fault.Suffix:
			case errors.As(err, &missing) && missing.File == fault.Suffix:
			default:
				t.Fatalf("got %v, not an error of %s", err, fault.Suffix)
			}
			if !strings.Contains(err.Error(), fault.Suffix) || strings.Contains(err.Error(), "stopped") {
				t.Errorf("said %q", err)
			}
			t.Log(err)
			if left, _ := os.ReadDir(scratch); len(left) > 0 {
				t.Errorf("%d scratch folders are left", len(left))
			}
		})
	}
}

func readAll(t *testing.T, files map[string]string, scratch string) error {
	t.Helper()
	b, err := bundle.Open(t.Context(), files, bundle.Options{Scratch: scratch, MaxScratch: 1 << 20})
	if err != nil {
		return err
	}
	_, err = elements.Write(t.Context(), b, elements.Spec{Units: true}, func([]byte) error { return nil })
	return errors.Join(err, b.Close())
}

// warned opens a bundle, and gives what it warns of.
func warned(t *testing.T, b sample.Bundle) (*bundle.Bundle, string) {
	t.Helper()
	files, err := b.Write(t.TempDir(), "v", sample.Layout{})
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	opened, err := bundle.Open(t.Context(), files, bundle.Options{Scratch: t.TempDir(), Warn: func(w string) { all = append(all, w) }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = opened.Close() })
	return opened, strings.Join(all, "\n")
}

func TestTypesWithoutTheirPropertiesAreTold(t *testing.T) {
	const properties = "the bundle has types, but no .eav.type_eav.parquet: the properties of types are missing"
	if _, got := warned(t, sample.Small().Without(sample.TypeCells)); got != properties {
		t.Errorf("warned %q", got)
	}
	for want, b := range map[string]sample.Bundle{
		properties: sample.Small().Without(sample.TypeCells, sample.Types),
		"the bundle has types, but no .eav.object_type.parquet: which elements are of them isn't known": sample.Small().Without(
			sample.TypeCells, sample.ObjectType),
	} {
		if _, got := warned(t, b); got != want {
			t.Errorf("warned %q, want %q", got, want)
		}
	}
}

// TestWordsOfRelations: the bundle's own vocabulary says what is a level, and a level
// that it calls otherwise is told, as all elements lack it.
func TestWordsOfRelations(t *testing.T) {
	rename := func(row func([]any) []any) sample.Bundle {
		return with(sample.RelTypes, func(c []sample.Column) []sample.Column { return c }, row)
	}
	for name, c := range map[string]struct {
		bundle sample.Bundle
		level  string
		warns  string
	}{
		"two numbers of a name": {rename(func(r []any) []any {
			if r[0] == int32(10) {
				r[1] = "on_level"
			}
			return r
		}), `"level":"L1"`, ""},
		"another name": {rename(func(r []any) []any {
			if r[0] == int32(7) {
				r[1] = "On Storey"
			}
			return r
		}), `"level":null`,
			"the bundle's .envelope.rel_types.parquet has no ON_LEVEL, and its usual number 7 is ON STOREY: no element has such a relation"},
	} {
		b, got := warned(t, c.bundle)
		if got != c.warns {
			t.Errorf("%s: warned %q", name, got)
		}
		if records := records(t, b, doors); !strings.Contains(records, `"type":"Single-Flush",`+c.level) {
			t.Errorf("%s: %s", name, records)
		}
	}
}

func TestScratchHasALimit(t *testing.T) {
	files, err := sample.Large(200_000).Write(t.TempDir(), "v", sample.Layout{})
	if err != nil {
		t.Fatal(err)
	}
	if err := readAll(t, files, t.TempDir()); err == nil || !strings.Contains(err.Error(), "scratch") {
		t.Errorf("got %v", err)
	}
}
