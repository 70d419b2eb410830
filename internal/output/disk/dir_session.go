package disk

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
)

// NewName gives the path of a new file in this process's own room. The label is
// for people.
func (d *Dir) NewName(label, suffix string) (string, error) {
	own, err := d.own()
	if err != nil {
		return "", err
	}
	return own.file(label, suffix), nil
}

// Own reports whether a file that NewName gave lies in this process's room as it is now.
func (d *Dir) Own(name string) bool {
	own, err := d.own()
	return err == nil && filepath.Dir(name) == own.name
}

// own gives the session of this process, opening it when there is none, or when it was
// taken away.
func (d *Dir) own() (*session, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case d.session == nil:
	case d.session.inPlace(d.path):
		return d.session, nil
	default:
		_ = d.session.lock.Close() // of a file that nobody sees
		d.session = nil
	}
	s, err := d.openSession()
	if err != nil {
		return nil, fmt.Errorf("open %w", Owned(sessionsDir+" in "+d.path, err))
	}
	d.session = s
	return s, nil
}

// NewScratch makes a folder for what is put on the disk while a run reads, and
// gives its path; the label goes into its hidden name, for people. The caller
// removes it; where the process is killed before, the next start does.
func (d *Dir) NewScratch(label string) (path string, remove func() error, err error) {
	s, err := d.own()
	if err != nil {
		return "", nil, err
	}
	name := s.file(label, "")
	if err := d.Root.Mkdir(name, 0o700); err != nil {
		return "", nil, fmt.Errorf("make a folder for what is read, in %s: %w", d.path, Cause(err))
	}
	return filepath.Join(d.path, name), func() error { return d.Root.RemoveAll(name) }, nil
}

// Writable gives why nothing can be written in the directory, nil for nothing: by opening this
// process's own room, as the first file does.
func (d *Dir) Writable() error {
	own, err := d.own()
	if err != nil {
		return err
	}
	now := time.Now()
	lock := filepath.Join(own.name, lockName)
	if err := d.Root.Chtimes(lock, now, now); readOnly(err) { // remounted after a fault
		return fmt.Errorf("write %w", Owned(own.name+" in "+d.path, err))
	}
	return nil
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
		s := &session{root: d.Root, name: name, lock: d.lockOf(name)}
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
