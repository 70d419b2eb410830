package sample_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	bundles "speckle-runner/internal/elements/bundle/sample"

	"speckle-runner/internal/elements"
	"speckle-runner/internal/elements/graph"
	"speckle-runner/internal/elements/graph/sample"
)

func open(t *testing.T, g sample.Graph) *graph.Graph {
	t.Helper()
	dir := t.TempDir()
	f := graph.Files{Root: filepath.Join(dir, "root"), Objects: filepath.Join(dir, "objects")}
	lines := fmt.Appendf(nil, "%s\t%s\n", g.Root.ID, g.Root.JSON)
	for _, o := range g.Objects {
		lines = fmt.Appendf(lines, "%s\t%s\n", o.ID, o.JSON)
	}
	if err := os.WriteFile(f.Root, g.Root.JSON, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(f.Objects, lines, 0o600); err != nil {
		t.Fatal(err)
	}
	read, err := graph.Open(t.Context(), f, graph.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { read.Close() })
	return read
}

// TestConformanceHolds: the sums and counts of the conformance building, read
// from its graph.
func TestConformanceHolds(t *testing.T) {
	t.Parallel()
	g := open(t, sample.Of("Conformance", bundles.Conformance()))
	objects, rows, large, area, length, levels := 0, 0, 0, 0.0, 0.0, map[string]int{}
	err := g.Each(t.Context(), nil, func(e *elements.Element) error {
		if e.ID != fmt.Sprintf("obj-%04d", objects) {
			t.Errorf("element %d is %s", objects, e.ID)
		}
		levels[e.Level]++
		for _, p := range e.Properties {
			if p.Path == "speckle_type" {
				continue
			}
			rows++
			switch v := p.Value; p.Path {
			case "properties.Dimensions.Area":
				area += v.Number
			case "properties.Dimensions.Length":
				length += v.Number
			case "properties.Fire Rating":
				if objects == 5 && (v.Text != "FR30" || e.Type != "type-1" || p.Scope != elements.Type) {
					t.Errorf("object 5: %s, %s, %s", v.Text, e.Type, p.Scope)
				}
			}
			if p.Value.Number > 15000 {
				large++
			}
		}
		objects++
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if objects != 200 || rows != 6597 || large != 1250 || area != 29850 || length != 4975 || levels["Level 0"] != 67 ||
		levels["Level 1"] != 67 || levels["Level 2"] != 66 {
		t.Error(objects, rows, large, area, length, levels)
	}
}

// TestLargeBelongs: rooms, hosts and types by reference.
func TestLargeBelongs(t *testing.T) {
	t.Parallel()
	g := open(t, sample.Of("Large", bundles.Large(5000)))
	n := 0
	if err := g.Each(t.Context(), func(string) bool { return false }, func(e *elements.Element) error {
		if n++; e.Level == "" || e.Room == "" || e.Host == "" || e.Type == "" || len(e.Properties) != 0 {
			t.Errorf("%+v", *e)
		}
		return nil
	}); err != nil || n != 100 {
		t.Error(n, err)
	}
}
