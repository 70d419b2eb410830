package scheduler

import (
	"fmt"
	"io/fs"
	"syscall"
)

// stampOf names a version of a file by its change time, which no program can set.
func stampOf(info fs.FileInfo) (stamp string, sure bool) {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return "", false
	}
	return fmt.Sprintln(stat.Dev, stat.Ino, stat.Ctim.Sec, stat.Ctim.Nsec), true
}
