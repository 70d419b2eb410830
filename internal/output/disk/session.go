package disk

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/gofrs/flock"
)

const (
	sessionsDir = Hidden + "/sessions"
	lockName    = "lock"
)

// session is this process's own room in the hidden folder, for its journals
// and spools. It holds a lock as long as the process lives: what lies in a
// room whose lock is free was left by a dead process.
type session struct {
	dir  *Dir
	name string // folder
	lock *flock.Flock
}

// NewName gives the path of a new file in this process's own room. The label is
// for people.
func (d *Dir) NewName(label, suffix string) (string, error) {
	own, err := d.own()
	if err != nil {
		return "", err
	}
	return own.file(label, suffix), nil
}

// own gives the session of this process, opening it when there is none.
func (d *Dir) own() (*session, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.session != nil {
		return d.session, nil
	}
	s, err := d.openSession()
	if err != nil {
		return nil, fmt.Errorf("open %s in %s: %w", sessionsDir, d.path, Cause(err))
	}
	d.session = s
	return s, nil
}

func (d *Dir) openSession() (*session, error) {
	if err := d.Root.MkdirAll(filepath.FromSlash(sessionsDir), 0o700); err != nil {
		return nil, err
	}
	// A process that cleans up may take a new session for a dead one before
	// its lock is held; then another one is made.
	for range 10 {
		name := filepath.Join(filepath.FromSlash(sessionsDir), RandomName())
		if err := d.Root.Mkdir(name, 0o700); err != nil {
			return nil, err
		}
		s := &session{dir: d, name: name, lock: d.lockOf(name)}
		held, err := s.lock.TryLock()
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("lock it: %w", Cause(err))
		}
		if held && s.stillThere() {
			return s, nil
		}
		_ = s.lock.Close()
	}
	return nil, errors.New("every new session was taken away")
}

// lockOf gives the lock of a session's folder. The path is made of the
// directory's own and of names that Root has resolved.
func (d *Dir) lockOf(name string) *flock.Flock {
	return flock.New(filepath.Join(d.path, name, lockName), flock.SetPermissions(0o600))
}

// stillThere reports whether the locked file is the one that others see.
func (s *session) stillThere() bool {
	held, err := s.lock.Stat()
	if err != nil {
		return false
	}
	seen, err := s.dir.Root.Lstat(filepath.Join(s.name, lockName))
	return err == nil && os.SameFile(held, seen)
}

// file gives the path of a new file in the session.
func (s *session) file(label, suffix string) string {
	return filepath.Join(s.name, SafeLabel(label)+"-"+RandomName()+suffix)
}

func (s *session) close() {
	s.dir.removeSession(s.name, s.lock)
}

// removeSession removes a session's folder, if nothing else is in it, and
// gives up its lock. Where an open file can be removed, it goes first: after
// the lock is free another process may take it.
func (d *Dir) removeSession(name string, lock *flock.Flock) {
	lockPath := filepath.Join(name, lockName)
	if runtime.GOOS == "windows" {
		_ = lock.Close()
	}
	// What can't be removed now is removed at a later start.
	if d.Root.Remove(lockPath) == nil {
		_ = d.Root.Remove(name)
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
