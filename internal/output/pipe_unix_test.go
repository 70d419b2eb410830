//go:build unix

package output_test

import (
	"path/filepath"
	"syscall"
	"testing"

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
	if err := dir.RemoveExport(t.Context(), "x.csv", p); err != nil {
		t.Errorf("remove: %v", err)
	}
}
