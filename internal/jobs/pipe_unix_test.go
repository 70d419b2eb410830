//go:build unix

package jobs_test

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"speckle-runner/internal/jobs"
)

// A pipe among the job files of a folder refuses itself: to open one may take for ever.
func TestAPipeAmongJobFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a.yaml"), []byte(`
server: https://example.org
jobs:
  a: {schedule: manual, token_env: A, query: "{ activeUser { id } }", outputs: [{file: a.json}]}
`), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(filepath.Join(dir, "b.yaml"), 0o600); err != nil {
		t.Fatal(err)
	}
	file, problems := jobs.LoadAll([]string{dir}, nil)
	const want = "b.yaml:1:1: the file can't be read: it isn't a regular file"
	if file == nil || len(file.Jobs) != 1 || len(problems) != 1 || !strings.Contains(problems.Error(), want) {
		t.Fatal(file, problems)
	}
}
