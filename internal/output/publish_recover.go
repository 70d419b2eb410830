package output

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Recovered is what Recover found and did.
type Recovered struct {
	Completed []RecoveredFile // published now, for runs that were killed in between
	Removed   int             // leftovers
	Problems  []string        // what couldn't be finished, for the log
}

// RecoveredFile is a file that was published late.
type RecoveredFile struct{ Run, Path string }

// Recover finishes the publications that dead processes had decided on, and
// removes what they left otherwise. Those of living processes are not touched.
// Call it once at the start, before the first run.
func (d *Dir) Recover(ctx context.Context) (Recovered, error) {
	var found Recovered
	sessions, err := d.readDir(filepath.FromSlash(sessionsDir))
	if err != nil {
		return found, fmt.Errorf("recover %s: %w", d.path, err)
	}
	for _, s := range sessions {
		if err := stopped(ctx); err != nil {
			return found, err
		}
		if !s.IsDir() {
			continue
		}
		name := filepath.Join(filepath.FromSlash(sessionsDir), s.Name())
		if err := d.recoverSession(name, &found); err != nil {
			found.Problems = append(found.Problems, err.Error())
		}
	}
	found.Removed += d.sweepParts(time.Now())
	return found, nil
}

func (d *Dir) readDir(name string) ([]fs.DirEntry, error) {
	f, err := d.root.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, cause(err)
	}
	defer f.Close()
	return f.ReadDir(-1)
}

func (d *Dir) recoverSession(name string, found *Recovered) error {
	lock := d.lockOf(name)
	held, err := lock.TryLock()
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("recover %s: lock it: %w", name, cause(err))
	}
	if !held {
		_ = lock.Close()
		return nil // its process lives, or another one is cleaning up
	}
	defer d.removeSession(name, lock)
	files, err := d.readDir(name)
	if err != nil {
		return fmt.Errorf("recover %s: %w", name, err)
	}
	var problems []error
	for _, f := range files {
		if f.Name() == lockName {
			continue
		}
		file := filepath.Join(name, f.Name())
		if strings.HasSuffix(f.Name(), journalSuffix) {
			if err := d.recoverJournal(file, found); err != nil {
				problems = append(problems, err)
				continue // it stays for the next start
			}
		} else {
			found.Removed++
		}
		if !d.removeFile(file) {
			problems = append(problems, fmt.Errorf("recover: %s can't be removed", file))
		}
	}
	return errors.Join(problems...)
}

// recoverJournal finishes or undoes the publications of a journal.
func (d *Dir) recoverJournal(name string, found *Recovered) error {
	all, err := d.readJournal(name)
	problems := []error{err}
	for _, r := range all {
		if !r.ended {
			problems = append(problems, d.recoverPublication(r, found))
		}
	}
	return errors.Join(problems...)
}

// recoverPublication finishes or undoes one publication. What is done already
// is left alone, so that it may itself be killed and run again.
func (d *Dir) recoverPublication(r *record, found *Recovered) error {
	if !r.committed {
		for _, m := range r.moves {
			if d.root.Remove(m.Staged) == nil {
				found.Removed++
			}
		}
		d.removeFolders(r.made)
		return nil
	}
	var problems []error
	leftOut := map[string]bool{}
	for _, m := range r.moves {
		if leftOut[m.Of] { // a manifest must not stand beside another run's file
			d.removeFile(m.Staged)
			found.Removed++
			continue
		}
		stale, err := d.finish(r.run, m, found)
		if err != nil {
			problems = append(problems, err)
		}
		leftOut[m.Target] = stale
	}
	if err := d.syncFolders(r.moves); err != nil && len(found.Completed) > 0 {
		problems = append(problems, err)
	}
	return errors.Join(problems...)
}

// finish puts one file in place, or reports that a newer one is there.
func (d *Dir) finish(run string, m entry, found *Recovered) (stale bool, err error) {
	staged, err := d.root.Lstat(m.Staged)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil // moved before the kill
	}
	if err != nil {
		return false, fmt.Errorf("recover %s: %w", filepath.ToSlash(m.Target), cause(err))
	}
	target, err := d.root.Lstat(m.Target)
	switch {
	case err == nil && os.SameFile(staged, target):
		d.removeFile(m.Staged) // linked, and killed before this
		return false, nil
	case err == nil && (m.NoReplace || target.ModTime().After(staged.ModTime())):
		// Somebody published a newer export since: it wins.
		found.Removed++
		found.Problems = append(found.Problems, fmt.Sprintf(
			"run %s: its %s was left out, a newer file is there", run, filepath.ToSlash(m.Target)))
		d.removeFile(m.Staged)
		return true, nil
	}
	if err := d.put(m); err != nil {
		return false, fmt.Errorf("recover %s: %w", filepath.ToSlash(m.Target), err)
	}
	found.Completed = append(found.Completed, RecoveredFile{Run: run, Path: filepath.ToSlash(m.Target)})
	return false, nil
}
