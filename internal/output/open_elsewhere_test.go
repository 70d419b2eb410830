package output_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"speckle-runner/internal/output/disk"
)

// TestAFileThatIsOpenElsewhere: Windows refuses to replace a workbook that Excel
// has open. Nothing of the run is published then, and what lay there stays; once
// it is closed, the next run publishes.
func TestAFileThatIsOpenElsewhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := t.TempDir()
		d := openDir(t, path)
		publish(t, d, "run-1", map[string]string{"a.csv": "old a", "b.xlsx": "old b"})
		open := true
		d.OnRename(func(to string) error {
			if open && filepath.Base(to) == "b.xlsx" {
				return disk.ErrOpen
			}
			return nil
		})
		p := begin(t, d, "run-2")
		stage(t, p, "a.csv", "new a", replace)
		stage(t, p, "b.xlsx", "new b", replace)
		_, err := p.Commit(t.Context(), nil)
		if !errors.Is(err, disk.ErrOpen) {
			t.Fatalf("got %v", err)
		}
		for _, want := range []string{"publish b.xlsx: ", "another program has the file open", "close it there", "nothing was published"} {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("no %q in %q", want, err)
			}
		}
		holds(t, path, map[string]string{"a.csv": "old a", "b.xlsx": "old b"})
		open = false
		publish(t, d, "run-3", map[string]string{"a.csv": "new a", "b.xlsx": "new b"})
		holds(t, path, map[string]string{"a.csv": "new a", "b.xlsx": "new b"})
	})
}

// TestAFileThatIsOpenForAMoment: a virus scanner looks at a new file, and lets it go.
func TestAFileThatIsOpenForAMoment(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := t.TempDir()
		d := openDir(t, path)
		publish(t, d, "run-1", map[string]string{"a.csv": "old"})
		looks := 0
		d.OnRename(func(string) error {
			if looks++; looks < 4 {
				return disk.ErrOpen
			}
			return nil
		})
		publish(t, d, "run-2", map[string]string{"a.csv": "new"})
		holds(t, path, map[string]string{"a.csv": "new"})
	})
}

// holds checks what lies in a folder, beside what is hidden.
func holds(t *testing.T, dir string, want map[string]string) {
	t.Helper()
	found, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range found {
		if _, expected := want[f.Name()]; !expected && !strings.HasPrefix(f.Name(), ".") {
			t.Errorf("%s lies there", f.Name())
		}
		if strings.HasSuffix(f.Name(), ".old") {
			t.Errorf("%s was left", f.Name())
		}
	}
	for name, text := range want {
		if got, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(got) != text {
			t.Errorf("%s: %q, %v; want %q", name, got, err, text)
		}
	}
}
