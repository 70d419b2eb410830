//go:build unix

package database

import (
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// hardLinks is how many names a file has in its file system.
func hardLinks(path string) uint64 {
	info, err := os.Stat(path)
	if err != nil {
		return 0
	}
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		return uint64(stat.Nlink) //nolint:unconvert // its type differs between systems
	}
	return 1
}

// may says why this user can't read a file, or not write it. The file isn't opened for that: to
// close it would end the locks that SQLite has on it in this process.
func may(path string, write bool) error {
	how := uint32(unix.R_OK)
	if write {
		how |= unix.W_OK
	}
	return unix.Faccessat(unix.AT_FDCWD, path, how, unix.AT_EACCESS)
}
