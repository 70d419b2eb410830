package database

import (
	"io/fs"
	"strings"
	"syscall"
	"testing"
)

func TestAFolderThatCantBeMadeIsToldWithWhatToDo(t *testing.T) {
	t.Parallel()
	for cause, want := range map[syscall.Errno]bool{syscall.EROFS: true, syscall.EACCES: true, syscall.ENOSPC: false} {
		got := elsewhere(&fs.PathError{Op: "mkdir", Path: ".runner", Err: cause})
		if strings.Contains(got, "--database sqlite:FILE") != want {
			t.Errorf("%v: %q", cause, got)
		}
	}
}
