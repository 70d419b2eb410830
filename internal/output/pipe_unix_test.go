//go:build unix

package output_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"speckle-runner/internal/output/disk"
	"speckle-runner/internal/output/format"
	"speckle-runner/internal/output/outputtest"
	"speckle-runner/internal/output/target"
)

// To open a pipe that somebody made in an export's place would take for ever.
func TestAPipeInAnExportsPlace(t *testing.T) {
	t.Parallel()
	dir := openDir(t, t.TempDir())
	if err := syscall.Mkfifo(filepath.Join(dir.Path(), "x.csv"), 0o600); err != nil {
		t.Fatal(err)
	}
	p := target.Published{Path: "x.csv", Bytes: 3, SHA256: "x"}
	if holds, err := dir.Holds(t.Context(), "x.csv", p); holds || err != nil {
		t.Errorf("holds: %v, %v", holds, err)
	}
	if _, has, err := dir.HoldsPart(t.Context(), "x.csv", "run"); has || err != nil {
		t.Errorf("holds a part: %v, %v", has, err)
	}
	run := begin(t, dir, "run-1")
	defer run.Abort()
	_, err := run.Create(t.Context(), "x.csv", replace)
	const want = "publish x.csv: what lies there isn't a regular file: take it away, or give the output another path"
	if _, refused := errors.AsType[*disk.RefusedError](err); !refused || err.Error() != want {
		t.Errorf("publish: %v", err)
	}
	if _, err := dir.RemoveExport(t.Context(), "x.csv", p); err != nil {
		t.Errorf("remove: %v", err)
	}
}

// TestAPipeThatComesWhileARunWrites stays, too, as does everything else of the run.
func TestAPipeThatComesWhileARunWrites(t *testing.T) {
	t.Parallel()
	dir := openDir(t, t.TempDir())
	run := begin(t, dir, "run-1")
	defer run.Abort()
	stage(t, run, "a.csv", "a", replace)
	stage(t, run, "x.csv", "x", replace)
	if err := syscall.Mkfifo(filepath.Join(dir.Path(), "x.csv"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := run.Commit(t.Context(), nil); err == nil ||
		err.Error() != "publish x.csv: what lies there isn't a regular file (nothing was published)" {
		t.Errorf("%v", err)
	}
	if _, err := os.Lstat(filepath.Join(dir.Path(), "a.csv")); err == nil {
		t.Error("a.csv is there")
	}
}

// TestAPipeInThePartsPlace: what is noted beside a file that grows is the runner's own.
func TestAPipeInThePartsPlace(t *testing.T) {
	t.Parallel()
	dir := openDir(t, t.TempDir())
	mustGrow(t, dir, "a.ndjson", day(1), `1`)
	parts := filepath.Join(dir.Path(), ".a.ndjson.parts.json")
	if err := os.Remove(parts); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(parts, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := grow(t, dir, "a.ndjson", day(2), outputtest.NDJSON(`2`), format.Options{})
	if err == nil || !strings.Contains(err.Error(), "publish .a.ndjson.parts.json: what lies there isn't a regular file") {
		t.Errorf("%v", err)
	}
}

// TestAFileInAFoldersPlace is told as what it is.
func TestAFileInAFoldersPlace(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	dir := openDir(t, root)
	if err := os.WriteFile(filepath.Join(root, "b"), []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	run := begin(t, dir, "run-1")
	defer run.Abort()
	_, err := run.Create(t.Context(), "b/c/x.csv", replace)
	const want = "publish b/c/x.csv: a file has the name of one of its folders: move it away, or give the output another path"
	if err == nil || err.Error() != want {
		t.Errorf("publish: %v", err)
	}
}
