package output_test

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"speckle-runner/internal/output/disk"
	"speckle-runner/internal/output/outputtest"
	"speckle-runner/internal/output/target"
)

// TestTheOwnFolderIsRemoved: what a publication had noted in .runner is gone, so that after a
// kill nobody would put its files right. It publishes nothing, and the next one does.
func TestTheOwnFolderIsRemoved(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("open files can't be removed there")
	}
	dir := t.TempDir()
	d := openDir(t, dir)
	publish(t, d, "run-1", map[string]string{"x.csv": "one"})
	p := begin(t, d, "run-2")
	stage(t, p, "x.csv", "two", target.CreateOptions{Overwrite: true})
	if err := os.RemoveAll(filepath.Join(dir, disk.Hidden)); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Commit(t.Context(), nil); !errors.Is(err, disk.ErrEmptied) {
		t.Errorf("published all the same: %v", err)
	}
	p.Abort()
	outputtest.WantTree(t, dir, map[string]string{"x.csv": "one"})
	publish(t, d, "run-3", map[string]string{"x.csv": "three"})
	outputtest.WantTree(t, dir, map[string]string{"x.csv": "three"})
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".runner", "sessions", "*")); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
}
