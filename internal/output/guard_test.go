package output_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"speckle-runner/internal/output"
	"speckle-runner/internal/output/disk"
	"speckle-runner/internal/output/target"
)

// A guarded file stays what it is, by whatever path, latest, manifest or link
// an output would reach it; others are
// free.
func TestGuardedFiles(t *testing.T) {
	outside, inside := t.TempDir(), t.TempDir()
	job, token := filepath.Join(outside, "jobs.yaml"), filepath.Join(inside, "token.json")
	for _, file := range []string{job, token, filepath.Join(inside, "plain.json")} {
		if err := os.WriteFile(file, []byte("mine"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Link(job, filepath.Join(inside, "linked.json")); err != nil {
		t.Fatal(err)
	}
	dir, err := output.OpenDir(inside)
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	later := filepath.Join(inside, "x", "not-there-yet.json")
	dir.Guard([]disk.Guarded{
		{Path: job, What: "the job file"}, {Path: token, What: "the token file of a"}, {Path: later, What: "the token file of b"},
	})
	try := func(path string, o target.CreateOptions) error {
		p, err := dir.Begin(target.Author{Run: "run"})
		if err != nil {
			t.Fatal(err)
		}
		defer p.Abort()
		o.Overwrite = true
		_, err = p.Create(t.Context(), path, o)
		return err
	}
	for _, c := range []struct {
		path, latest, want string
	}{
		{"token.json", "", "publish token.json: that is the token file of a"},
		{"a.json", "token.json", "publish token.json: that is the token file of a"},
		{"linked.json", "", "publish linked.json: that is the job file"},
		{"x/not-there-yet.json", "", "publish x/not-there-yet.json: that is the token file of b"},
		{"plain.json", "b.json", ""},
	} {
		err := try(c.path, target.CreateOptions{Latest: c.latest})
		if (err == nil) != (c.want == "") || err != nil && !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%s, %s: %v", c.path, c.latest, err)
		}
	}
	// What a reload no longer names is free.
	dir.Guard(nil)
	if err := try("token.json", target.CreateOptions{}); err != nil {
		t.Error(err)
	}
}

// TestAReadOnlyFileSystemIsToldWithWhatToDo: a container's own files mostly are.
func TestAReadOnlyFileSystemIsToldWithWhatToDo(t *testing.T) {
	t.Parallel()
	err := disk.Owned(".runner/sessions in /app", &fs.PathError{Op: "mkdirat", Path: "x", Err: syscall.EROFS})
	if !errors.Is(err, syscall.EROFS) || !strings.HasPrefix(err.Error(), ".runner/sessions in /app: ") ||
		!strings.HasSuffix(err.Error(), ": give --output-dir a folder that can be written, such as a volume's") {
		t.Error(err)
	}
}
