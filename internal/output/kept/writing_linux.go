package kept

import (
	"os"

	"golang.org/x/sys/unix"
)

// startWriting lets the kernel begin to write a part of a file to its disk, and
// doesn't wait for it.
func startWriting(file *os.File, from, size int64) {
	// A hint: the file is synced before it counts.
	_ = unix.SyncFileRange(int(file.Fd()), from, size, unix.SYNC_FILE_RANGE_WRITE)
}
