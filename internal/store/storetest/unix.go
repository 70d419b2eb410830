//go:build unix

package storetest

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// watched runs a server that is stopped when our end of its input closes, so
// that a test that dies leaves nothing behind. It ends when the server does.
func watched(name string, args ...string) *exec.Cmd {
	script := `exec 3<&0; "$@" </dev/null 3<&- & server=$!
		(cat <&3 >/dev/null; kill -INT $server) 2>/dev/null & watch=$!
		wait $server; kill $watch 2>/dev/null`
	return exec.Command("/bin/sh", append([]string{"-c", script, "sh", name}, args...)...)
}

// account is whom PostgreSQL runs as where we are root, which it refuses to be.
func account() (uid, gid uint32, needed bool, err error) {
	if os.Geteuid() != 0 {
		return 0, 0, false, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		found, err := user.Lookup(name)
		if err != nil {
			continue
		}
		u, errU := strconv.ParseUint(found.Uid, 10, 32)
		g, errG := strconv.ParseUint(found.Gid, 10, 32)
		if errU == nil && errG == nil {
			return uint32(u), uint32(g), true, nil
		}
	}
	return 0, 0, false, fmt.Errorf("PostgreSQL doesn't run as root, and there is neither a user postgres nor nobody")
}

func handOver(dir string) error {
	uid, gid, needed, err := account()
	if err != nil || !needed {
		return err
	}
	return os.Chown(dir, int(uid), int(gid))
}

func unprivileged(cmd *exec.Cmd) {
	if uid, gid, needed, err := account(); err == nil && needed {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uid, Gid: gid}}
	}
}

// processes gives a server's own and all that it started. It is stopped first, so that it starts no more. Where
// no /proc is, the others end by themselves, when they miss the first.
func processes(server int) []int {
	_ = syscall.Kill(server, syscall.SIGSTOP) // it may have ended by itself
	all := []int{server}
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, name := range stats {
		text, err := os.ReadFile(name)
		if err != nil {
			continue // it has ended
		}
		// pid (name) state parent: the name may hold anything.
		var pid, parent int
		var state string
		end := bytes.LastIndexByte(text, ')')
		if _, err := fmt.Sscanf(string(text[end+1:]), "%s %d", &state, &parent); err != nil || parent != server {
			continue
		}
		if _, err := fmt.Sscan(string(text), &pid); err == nil {
			all = append(all, pid)
		}
	}
	return all
}
