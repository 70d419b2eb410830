package run_test

import (
	"strings"
	"testing"

	"speckle-runner/internal/output/disk"
	"speckle-runner/internal/run"
)

// TestAnOpenWorkbookMayPass: a run that couldn't replace a file which somebody
// has open on Windows is one that is tried again.
func TestAnOpenWorkbookMayPass(t *testing.T) {
	b := newRig(t)
	b.out.OnRename(func(string) error { return disk.ErrOpen })
	result := b.attempt(b.job(`    query: "{ serverInfo { version } }"
    outputs: [{ file: one.json, overwrite: true }]
`), 1)
	if result.State != run.Failed || !result.Passing || !strings.Contains(result.Error, "another program has the file open") {
		t.Errorf("%s, passing %v: %s", result.State, result.Passing, result.Error)
	}
}
