package output

import (
	"os"
	"path/filepath"
	"testing"
)

// A folder to read from is its caller's to remove; after a kill the next start
// does it, and never that of a process that lives.
func TestScratch(t *testing.T) {
	root := t.TempDir()
	dirs := make([]*Dir, 2)
	for i := range dirs {
		var err error
		if dirs[i], err = OpenDir(root); err != nil {
			t.Fatal(err)
		}
	}
	removed, remove, err := dirs[0].NewScratch("run/1")
	if err != nil {
		t.Fatal(err)
	}
	left, _, err := dirs[0].NewScratch("run/1")
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{removed, left} {
		if err := os.WriteFile(filepath.Join(dir, "eav.parquet"), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := remove(); err != nil {
		t.Error(err)
	}
	there := func(dir string) bool { _, err := os.Stat(dir); return err == nil }
	if there(removed) || !there(left) {
		t.Error("it isn't the folder that was to be removed")
	}
	if _, err := dirs[1].Recover(t.Context()); err != nil || !there(left) {
		t.Errorf("a living process's folder: %v", err)
	}
	_ = dirs[0].session.lock.Close() // as a kill does
	found, err := dirs[1].Recover(t.Context())
	if err != nil || len(found.Problems) > 0 || found.Removed != 1 || there(left) {
		t.Errorf("%+v, %v", found, err)
	}
}
