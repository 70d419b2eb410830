//go:build !windows

package disk

import (
	"errors"
	"syscall"
)

// IsFull reports whether a disk, or what somebody may have of it, is full.
func IsFull(err error) bool { return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) }

// readOnly reports whether nothing can be written on a disk.
func readOnly(err error) bool { return errors.Is(err, syscall.EROFS) }

// openElsewhere is Windows' alone.
func openElsewhere(error) bool { return false }
