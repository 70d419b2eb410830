package disk

import (
	"errors"
	"os"

	"golang.org/x/sys/windows"
)

// IsFull reports whether a disk, or what somebody may have of it, is full.
func IsFull(err error) bool {
	return errors.Is(err, windows.ERROR_DISK_FULL) || errors.Is(err, windows.ERROR_HANDLE_DISK_FULL) ||
		errors.Is(err, windows.ERROR_DISK_QUOTA_EXCEEDED)
}

// readOnly reports whether nothing can be written on a disk.
func readOnly(err error) bool { return errors.Is(err, windows.ERROR_WRITE_PROTECT) }

// openElsewhere reports a sharing violation, a lock violation, and access denied, which
// is given for an open target of a rename, too.
func openElsewhere(err error) bool {
	return errors.Is(err, windows.ERROR_SHARING_VIOLATION) || errors.Is(err, windows.ERROR_LOCK_VIOLATION) || errors.Is(err, os.ErrPermission)
}
