package bundle_test

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"speckle-runner/internal/elements"
	"speckle-runner/internal/elements/bundle/sample"
)

type conforming struct {
	ID, Name, Category, Type, Level string
	Properties                      struct {
		Dimensions struct{ Area, Length float64 }
		IsExternal bool
		Parameters map[string]float64
		TypeName   string `json:"Type Name"`
		Fire       string `json:"Fire Rating"`
		Thickness  float64
	}
}

// TestTheFormulasOfConformanceHold in our own files, and in the same bundle as
// DuckDB 1.5.6 writes it: other pages, encodings and footers than our writer's.
func TestTheFormulasOfConformanceHold(t *testing.T) {
	own := written(t, sample.Conformance().Shuffled(5), sample.Layout{GroupRows: 1000})
	anothers := opened(t, duckDBFiles(t))
	conforms(t, own)
	conforms(t, anothers)
	if records(t, own, elements.Spec{Units: true}) != records(t, anothers, elements.Spec{Units: true}) {
		t.Error("DuckDB's files give other records")
	}
}

// duckDBFiles are those of testdata, by suffix.
func duckDBFiles(t *testing.T) map[string]string {
	t.Helper()
	paths, err := filepath.Glob("testdata/duckdb/v.*.parquet")
	if err != nil || len(paths) != 10 {
		t.Fatalf("%d files, %v", len(paths), err)
	}
	files := map[string]string{}
	for _, path := range paths {
		files[strings.TrimPrefix(filepath.Base(path), "v")] = path
	}
	return files
}

func conforms(t *testing.T, src elements.Source) {
	t.Helper()
	var area, length float64
	levels, categories, above := map[string]int{}, map[string]int{}, 0
	for i, line := range strings.Split(strings.TrimSpace(records(t, src, elements.Spec{})), "\n") {
		var e conforming
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatal(err)
		}
		area += e.Properties.Dimensions.Area
		length += e.Properties.Dimensions.Length
		levels[e.Level]++
		categories[e.Category]++
		for _, v := range e.Properties.Parameters {
			if v > 15_000 {
				above++
			}
		}
		if e.Name != e.ID || e.Properties.IsExternal != (i%2 == 0) || len(e.Properties.Parameters) != 25 {
			t.Errorf("element %d: %+v", i, e)
		}
		if p := e.Properties; i == 5 && (p.Fire != "FR30" || p.TypeName != "Type 1" || p.Thickness != 200) {
			t.Errorf("object 5: %+v", e)
		}
		if i == 199 && (e.Type != "" || e.Properties.Fire != "") {
			t.Errorf("object 199 has a type: %+v", e)
		}
	}
	rows := strings.Count(records(t, src, elements.Spec{Rows: elements.RowsProperties}), "\n")
	if area != 29_850 || length != 4_975 || above != 1250 || rows != 6597 {
		t.Errorf("areas %v, lengths %v, above 15000 %d, rows %d", area, length, above, rows)
	}
	if levels["Level 0"] != 67 || levels["Level 1"] != 67 || levels["Level 2"] != 66 || categories["Doors"] != 50 {
		t.Errorf("levels %v, categories %v", levels, categories)
	}
}

func TestPathsTellHowManyHaveThem(t *testing.T) {
	src := written(t, sample.Conformance(), sample.Layout{})
	paths, err := elements.ListPaths(t.Context(), src, nil)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]elements.Path{}
	for _, p := range paths {
		got[p.Name] = p
	}
	if p := got["properties.Thickness"]; p.Elements != 199 || len(p.Units) != 1 || p.Units[0] != "mm" || p.Example.Number != 100 {
		t.Errorf("thickness: %+v", p)
	}
	paths, err = elements.ListPaths(t.Context(), src, doors.Where)
	if err != nil || len(paths) != 33 || paths[0].Elements != 50 {
		t.Errorf("doors have %d paths: %v", len(paths), err)
	}
}
