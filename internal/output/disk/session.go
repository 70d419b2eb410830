package disk

import (
	"crypto/rand"
	"encoding/hex"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/gofrs/flock"
)

// Hidden is where the runner keeps what isn't an export: open publications
// and spools. No output may be written there.
const Hidden = ".runner"

const (
	sessionsDir = Hidden + "/sessions"
	lockName    = "lock"
)

// session is this process's own room in the hidden folder, for its journals
// and spools. It holds a lock as long as the process lives: what lies in a
// room whose lock is free was left by a dead process.
type session struct {
	root *os.Root // of the directory
	name string   // folder
	lock *flock.Flock
	held os.FileInfo // of the lock's file
}

// stillThere reports whether the locked file is the one that others see.
func (s *session) stillThere() bool {
	held, err := s.lock.Stat()
	if err != nil {
		return false
	}
	s.held = held
	seen, err := s.root.Lstat(filepath.Join(s.name, lockName))
	return err == nil && os.SameFile(held, seen)
}

// inPlace asks the same later, by the directory's path and with one call.
func (s *session) inPlace(path string) bool {
	seen, err := os.Lstat(filepath.Join(path, s.name, lockName))
	return err == nil && os.SameFile(s.held, seen)
}

// file gives the path of a new file in the session.
func (s *session) file(label, suffix string) string {
	return filepath.Join(s.name, SafeLabel(label)+"-"+RandomName()+suffix)
}

func (s *session) close() {
	removeSession(s.root, s.name, s.lock)
}

// removeSession removes a session's folder, if nothing else is in it, and
// gives up its lock. Where an open file can be removed, it goes first: after
// the lock is free another process may take it.
func removeSession(root *os.Root, name string, lock *flock.Flock) {
	lockPath := filepath.Join(name, lockName)
	if runtime.GOOS == "windows" {
		_ = lock.Close()
	}
	// What can't be removed now is removed at a later start.
	if root.Remove(lockPath) == nil {
		_ = root.Remove(name)
	}
	_ = lock.Close()
}

// SafeLabel makes a file name of an id.
func SafeLabel(label string) string {
	safe := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '-' || r == '_' {
			return r
		}
		return '_'
	}, label)
	return safe[:min(len(safe), 64)]
}

// RandomName gives a name that no other process gives.
func RandomName() string {
	var b [8]byte
	rand.Read(b[:]) // never fails: crypto/rand
	return hex.EncodeToString(b[:])
}
