package disk

import (
	"io/fs"
	"testing"

	"golang.org/x/sys/windows"
)

// TestRefusals holds that what Windows says is known by its own numbers: those of package
// syscall that have POSIX's names are never given there.
func TestRefusals(t *testing.T) {
	for number, want := range map[error][3]bool{
		windows.ERROR_DISK_FULL:           {true, false, false},
		windows.ERROR_HANDLE_DISK_FULL:    {true, false, false},
		windows.ERROR_DISK_QUOTA_EXCEEDED: {true, false, false},
		windows.ERROR_WRITE_PROTECT:       {false, true, false},
		windows.ERROR_SHARING_VIOLATION:   {false, false, true},
		windows.ERROR_ACCESS_DENIED:       {false, false, true},
		windows.ERROR_FILE_NOT_FOUND:      {false, false, false},
	} {
		err := &fs.PathError{Op: "write", Path: "x", Err: number}
		if got := [3]bool{IsFull(err), readOnly(err), openElsewhere(err)}; got != want {
			t.Errorf("%v: %v, want %v", number, got, want)
		}
	}
}
