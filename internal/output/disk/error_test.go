package disk_test

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"syscall"
	"testing"

	"speckle-runner/internal/output/disk"
)

// Who reads of a full disk is told whose, and not how hidden files are called.
func TestAFullDiskIsNamed(t *testing.T) {
	t.Parallel()
	dir, err := disk.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	for _, cause := range []error{syscall.ENOSPC, syscall.EDQUOT} {
		hidden := &fs.PathError{Op: "write", Path: filepath.Join(dir.Path(), ".runner", "sessions", "objects"), Err: cause}
		full := dir.Full(fmt.Errorf("write the objects of version v: %w", hidden))
		want := "write the objects of version v: " + cause.Error() + ": make room on the disk of " + filepath.ToSlash(dir.Path()) +
			", or give --output-dir a folder on another one"
		if full.Error() != want || !errors.Is(full, cause) {
			t.Errorf("%v, want %s", full, want)
		}
	}
	if err := dir.Full(errors.New("another")); err.Error() != "another" || dir.Full(nil) != nil {
		t.Errorf("of another error it says %v", err)
	}
}
