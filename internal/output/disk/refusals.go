package disk

import (
	"errors"
	"os"
	"runtime"
	"slices"
	"syscall"
)

// What Windows says has numbers of its own there: package syscall also has POSIX's names on
// Windows, for numbers that it never gives.
const (
	errWriteProtect = syscall.Errno(19)   // ERROR_WRITE_PROTECT
	errSharing      = syscall.Errno(32)   // ERROR_SHARING_VIOLATION
	errLock         = syscall.Errno(33)   // ERROR_LOCK_VIOLATION
	errHandleFull   = syscall.Errno(39)   // ERROR_HANDLE_DISK_FULL
	errDiskFull     = syscall.Errno(112)  // ERROR_DISK_FULL
	errQuota        = syscall.Errno(1295) // ERROR_DISK_QUOTA_EXCEEDED
)

// onWindows reports whether Windows gave one of the numbers.
func onWindows(err error, numbers ...syscall.Errno) bool {
	number, is := errors.AsType[syscall.Errno](err)
	return runtime.GOOS == "windows" && is && slices.Contains(numbers, number)
}

// IsFull reports whether the system said that a disk, or somebody's quota of it, has no room left.
func IsFull(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || onWindows(err, errHandleFull, errDiskFull, errQuota)
}

// readOnly reports whether nothing can be written on a disk.
func readOnly(err error) bool {
	return errors.Is(err, syscall.EROFS) || onWindows(err, errWriteProtect)
}

// openElsewhere reports whether another program has a file open. Windows gives access denied
// for an open target of a rename, too.
func openElsewhere(err error) bool {
	return onWindows(err, errSharing, errLock) || runtime.GOOS == "windows" && errors.Is(err, os.ErrPermission)
}
