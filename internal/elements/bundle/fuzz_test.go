package bundle_test

import (
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"speckle-runner/internal/elements/bundle/sample"
)

// tooMuch is what reading a small file may not allocate, whatever it says about itself.
const tooMuch = 256 << 20

func FuzzBundle(f *testing.F) {
	suffixes := []string{sample.Objects, sample.Paths, sample.Cells, sample.Types, sample.TypeCells, sample.ObjectType, sample.Nodes,
		sample.Relations}
	for _, layout := range []sample.Layout{{}, {Plain: true, Version: 2}} {
		files, err := sample.Small().Write(f.TempDir(), "v", layout)
		if err != nil {
			f.Fatal(err)
		}
		for i, suffix := range suffixes {
			data, err := os.ReadFile(files[suffix])
			if err != nil {
				f.Fatal(err)
			}
			f.Add(i, data)
		}
	}
	whole, err := sample.Small().Write(f.TempDir(), "v", sample.Layout{})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, which int, data []byte) {
		files := maps.Clone(whole)
		path := filepath.Join(t.TempDir(), "broken")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		files[suffixes[uint(which)%uint(len(suffixes))]] = path
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_ = readAll(t, files, t.TempDir()) // an error or not: no panic
		runtime.ReadMemStats(&after)
		if n := after.TotalAlloc - before.TotalAlloc; n > tooMuch {
			t.Errorf("%d bytes were allocated for a file of %d", n, len(data))
		}
	})
}
