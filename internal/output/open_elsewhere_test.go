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

// TestAFileThatIsOpenElsewhereKeepsItsSecondName: Windows removes no name of a workbook
// that Excel has open, the hidden one of its backup neither. Once it is closed, the
// next run takes that away, or the next start; what somebody removed since stays removed.
func TestAFileThatIsOpenElsewhereKeepsItsSecondName(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := t.TempDir()
		d := openDir(t, path)
		publish(t, d, "run-1", map[string]string{"a.csv": "old a", "b.xlsx": "old b"})
		open := true
		refused := func(run string) {
			t.Helper()
			d.OnRename(func(to string) error {
				if open && filepath.Base(to) == "b.xlsx" {
					return disk.ErrOpen
				}
				return nil
			})
			d.OnRemove(func(name string) bool {
				return open && strings.HasPrefix(name, ".b.xlsx.") && strings.HasSuffix(name, ".old")
			})
			p := begin(t, d, run)
			stage(t, p, "a.csv", "new a", replace)
			stage(t, p, "b.xlsx", "new b", replace)
			if _, err := p.Commit(t.Context(), nil); !errors.Is(err, disk.ErrOpen) {
				t.Fatalf("got %v", err)
			}
		}
		refused("run-2")
		refused("run-3")
		if left := hidden(t, path); left != 2 {
			t.Errorf("%d hidden files lie there, and two can't be removed", left)
		}
		open = false
		publish(t, d, "run-4", map[string]string{"a.csv": "new a", "b.xlsx": "new b"})
		holds(t, path, map[string]string{"a.csv": "new a", "b.xlsx": "new b"})

		open = true
		refused("run-5")
		d.Close()
		if left := hidden(t, path); left != 1 {
			t.Errorf("%d hidden files lie there, and one can't be removed", left)
		}
		if err := os.Remove(filepath.Join(path, "b.xlsx")); err != nil {
			t.Fatal(err)
		}
		d = openDir(t, path)
		d.OnRemove(func(name string) bool { return strings.HasSuffix(name, ".old") })
		if found, err := d.Recover(t.Context()); err != nil || len(found.Problems) != 1 || hidden(t, path) != 1 {
			t.Errorf("recovered %+v, %v", found, err)
		}
		d.Close()
		d = openDir(t, path)
		if found, err := d.Recover(t.Context()); err != nil || found.Removed == 0 || len(found.PutBack) > 0 {
			t.Errorf("recovered %+v, %v", found, err)
		}
		if _, err := os.Stat(filepath.Join(path, "b.xlsx")); err == nil || hidden(t, path) != 0 {
			t.Error("what was removed lies there again, or its backup does")
		}
	})
}

// hidden counts the hidden files beside exports.
func hidden(t *testing.T, dir string) int {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, ".*.old"))
	if err != nil {
		t.Fatal(err)
	}
	return len(found)
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
