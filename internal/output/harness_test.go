package output_test

import (
	"bytes"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"speckle-runner/internal/output"
	"speckle-runner/internal/output/record"
)

// ndjson gives records that are no spool's.
func ndjson(lines ...string) record.Records {
	text := strings.Join(lines, "\n")
	if len(lines) > 0 {
		text += "\n"
	}
	return record.Records{Count: int64(len(lines)), Open: func() (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader(text)), nil
	}}
}

func encode(t testing.TB, format string, r record.Records, o output.EncodeOptions) string {
	t.Helper()
	f, err := output.ParseFormat(format)
	if err != nil {
		t.Fatal(err)
	}
	var buf bytes.Buffer
	if err := output.Encode(t.Context(), &buf, f, r, o); err != nil {
		t.Fatalf("encode %s: %v", format, err)
	}
	return buf.String()
}

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
	p, err := d.Begin(output.Author{Run: run})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Abort)
	return p
}

// stage writes one file into a publication.
func stage(t testing.TB, p *output.Publication, path, text string, o output.CreateOptions) *output.Staged {
	t.Helper()
	s, err := p.Create(path, o)
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

func commit(t testing.TB, p *output.Publication) []output.Published {
	t.Helper()
	files, err := p.Commit(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return files
}

var replace = output.CreateOptions{Overwrite: true}

// publish puts files into a directory, as one run.
func publish(t testing.TB, d *output.Dir, run string, files map[string]string) {
	t.Helper()
	p := begin(t, d, run)
	for _, path := range slices.Sorted(maps.Keys(files)) {
		stage(t, p, path, files[path], replace)
	}
	commit(t, p)
}

// tree reads every file below a directory, but for locks.
func tree(t testing.TB, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || e.Name() == "lock" {
			return err
		}
		text, err := os.ReadFile(path)
		if filepath.Ext(path) == ".journal" && bytes.Count(text, []byte(`"op":"begin"`)) == bytes.Count(text, []byte(`"op":"end"`)) {
			return err // nothing is left to do
		}
		name, _ := filepath.Rel(dir, path)
		if strings.HasPrefix(filepath.ToSlash(name), ".runner/stamps/") {
			return err // they say something of files that are there, and are no leftovers
		}
		files[filepath.ToSlash(name)] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// wantTree fails when anything but the given files is below dir.
func wantTree(t testing.TB, dir string, want map[string]string) {
	t.Helper()
	got := tree(t, dir)
	if !maps.Equal(got, want) {
		t.Errorf("files are %q, want %q", short(got), short(want))
	}
}

func short(files map[string]string) map[string]string {
	out := map[string]string{}
	for name, text := range files {
		out[name] = text[:min(len(text), 60)]
	}
	return out
}
