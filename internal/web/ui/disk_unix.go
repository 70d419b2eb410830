//go:build unix

package ui

import "golang.org/x/sys/unix"

// freeSpace gives the bytes that this process may still write below a folder.
func freeSpace(dir string) (uint64, error) {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return 0, err
	}
	return uint64(s.Bavail) * uint64(s.Bsize), nil //nolint:gosec,unconvert // their types differ from system to system, none is below 0
}
