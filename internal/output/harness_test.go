package output_test

import (
	"io"
	"maps"
	"slices"
	"testing"

	"speckle-runner/internal/output"
	"speckle-runner/internal/output/target"
)

func openDir(t testing.TB, path string) *output.Dir {
	t.Helper()
	d, err := output.OpenDir(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

func begin(t testing.TB, d *output.Dir, run string) *output.Publication {
	t.Helper()
	p, err := d.Begin(target.Author{Run: run})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Abort)
	return p
}

// stage writes one file into a publication.
func stage(t testing.TB, p *output.Publication, path, text string, o target.CreateOptions) target.Staged {
	t.Helper()
	s, err := p.Create(t.Context(), path, o)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(s, text); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return s
}

func commit(t testing.TB, p *output.Publication) []target.Published {
	t.Helper()
	files, err := p.Commit(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return files
}

var replace = target.CreateOptions{Overwrite: true}

// publish puts files into a directory, as one run.
func publish(t testing.TB, d *output.Dir, run string, files map[string]string) {
	t.Helper()
	p := begin(t, d, run)
	for _, path := range slices.Sorted(maps.Keys(files)) {
		stage(t, p, path, files[path], replace)
	}
	commit(t, p)
}
