//go:build unix

package database

import (
	"os"
	"syscall"
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
