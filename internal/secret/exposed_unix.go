//go:build unix

package secret

import (
	"io/fs"
	"os"
	"syscall"
)

const (
	groupReads fs.FileMode = 0o040
	othersRead fs.FileMode = 0o004
)

// readers names those who may read a file beside its owner. A group is none
// when the owner is somebody else: it is then how we get at the file, as with
// fsGroup in Kubernetes.
func readers(info fs.FileInfo) string {
	mode := info.Mode().Perm()
	stat, ok := info.Sys().(*syscall.Stat_t)
	ours := !ok || int(stat.Uid) == os.Geteuid()
	switch {
	case mode&othersRead != 0:
		return "every user of this machine"
	case mode&groupReads != 0 && ours:
		return "its whole group"
	}
	return ""
}
