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

	"speckle-runner/internal/output/disk"
	"speckle-runner/internal/output/target"
)

// Recovered is what Recover found and did.
type Recovered struct {
	Completed []RecoveredFile // published now, for runs that were killed in between
	PutBack   []RecoveredFile // what they had replaced, and lies there again now
	Untold    []Untold        // what lies there of runs whose end no ledger may have
	Removed   int             // leftovers
	Problems  []string        // what couldn't be finished, for the log
}

// RecoveredFile is a file that a killed run left to its successor.
type RecoveredFile struct{ Run, Path string }

// Recover finishes the publications that dead processes had decided on, and
// removes what they left otherwise. Those of living processes are not touched.
// Call it once at the start, before the first run.
func (d *Dir) Recover(ctx context.Context) (Recovered, error) {
	var found Recovered
	problems, err := d.EachDead(ctx, func(room string, files []fs.DirEntry) error {
		return d.recoverRoom(ctx, room, files, &found)
	})
	for _, p := range problems {
		found.Problems = append(found.Problems, p.Error())
	}
	if err != nil {
		return found, err
	}
	now := time.Now()
	found.Removed += d.SweepParts(now)
	d.sweepStampFiles(now, sweepStamps)
	return found, nil
}

func (d *Dir) recoverRoom(ctx context.Context, room string, files []fs.DirEntry, found *Recovered) error {
	var problems []error
	for _, f := range files {
		file := filepath.Join(room, f.Name())
		if strings.HasSuffix(f.Name(), journalSuffix) {
			if err := d.recoverJournal(ctx, file, found); err != nil {
				problems = append(problems, err)
				continue // it stays for the next start
			}
		} else {
			found.Removed++
		}
		var err error
		if f.IsDir() {
			err = d.Root.RemoveAll(file) // of a Scratch
		} else if !d.RemoveFile(file) {
			err = errors.New("it stays")
		}
		if err != nil {
			problems = append(problems, fmt.Errorf("recover: %s can't be removed", file))
		}
	}
	return errors.Join(problems...)
}

// recoverJournal finishes or undoes the publications of a journal.
func (d *Dir) recoverJournal(ctx context.Context, name string, found *Recovered) error {
	all, err := d.readJournal(name)
	problems := []error{err}
	for _, r := range all {
		if !r.ended {
			problems = append(problems, d.recoverPublication(r, found))
			if there := d.untoldOf(ctx, r); there != nil {
				found.Untold = append(found.Untold, *there)
			}
		}
	}
	return errors.Join(problems...)
}

// recoverPublication finishes or undoes one publication. What is done already
// is left alone, so that it may itself be killed and run again.
func (d *Dir) recoverPublication(r *journaled, found *Recovered) error {
	if len(r.notes) > 0 {
		if err := d.leaveUnfinished(target.Unfinished{Job: r.by.Job, Run: r.by.Run, Settled: r.settled, Notes: r.notes}); err != nil {
			return err
		}
	}
	switch {
	case !r.committed:
		err := d.removeLeft(r, found)
		d.RemoveFolders(r.made)
		return err
	case r.settled:
		return d.removeLeft(r, found)
	case r.undoing || r.together:
		return d.undoRecord(r, found)
	}
	return d.finishRecord(r, found)
}

// removeLeft removes what a publication had beside its files. The error names what
// couldn't be: another program may have it open.
func (d *Dir) removeLeft(r *journaled, found *Recovered) error {
	var left []string
	for _, e := range r.staged {
		left = append(left, e.Staged)
	}
	for _, e := range r.puts {
		left = append(left, e.Backup)
	}
	var problems []error
	for _, name := range left {
		if name == "" {
			continue
		}
		if _, err := d.Root.Lstat(name); err != nil {
			continue
		}
		if d.RemoveFile(name) {
			found.Removed++
		} else {
			problems = append(problems, fmt.Errorf("recover: %s can't be removed", filepath.ToSlash(name)))
		}
	}
	return errors.Join(problems...)
}

// undoRecord puts back what a publication had replaced. What was kept and
// can't be put back is named, and stays.
func (d *Dir) undoRecord(r *journaled, found *Recovered) error {
	var problems []error
	for i := len(r.puts) - 1; i >= 0; i-- {
		e := &r.puts[i]
		if e.Op != opPut {
			continue
		}
		back, err := d.putBack(e)
		if err != nil {
			problems = append(problems, fmt.Errorf("recover run %s: %w", r.by.Run, err))
			e.Backup = ""
		}
		if back {
			found.PutBack = append(found.PutBack, RecoveredFile{Run: r.by.Run, Path: e.path()})
		}
		d.At("put back " + e.path())
	}
	if err := d.syncFolders(r.targets()); err != nil && len(found.PutBack) > 0 {
		problems = append(problems, err)
	}
	_ = d.removeLeft(r, found) // who comes back here would put back once more
	d.RemoveFolders(r.made)
	return errors.Join(problems...)
}

// finishRecord puts in place what a publication had decided on.
func (d *Dir) finishRecord(r *journaled, found *Recovered) error {
	var problems []error
	leftOut := map[string]bool{}
	for _, e := range r.targets() {
		if e.Op == opLeave || leftOut[e.Of] { // a manifest must not stand beside another run's file
			leftOut[e.Target] = true
			continue
		}
		stale, err := d.finish(r.by, e, found)
		if err != nil {
			problems = append(problems, err)
			e.Staged, e.Backup = "", "" // for the next start
		}
		leftOut[e.Target] = stale
		d.At("finished " + e.path())
	}
	if err := d.syncFolders(r.targets()); err != nil && len(found.Completed) > 0 {
		problems = append(problems, err)
	}
	if len(problems) == 0 {
		_ = d.removeLeft(r, found) // who comes back here would put in place once more
	}
	return errors.Join(problems...)
}

// finish puts one file in place, or reports that a newer one is there.
func (d *Dir) finish(by target.Author, e *entry, found *Recovered) (stale bool, err error) {
	staged, err := d.Root.Lstat(e.Staged)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil // moved before the kill
	}
	if err != nil {
		return false, fmt.Errorf("recover %s: %w", e.path(), disk.Cause(err))
	}
	target, err := d.Root.Lstat(e.Target)
	if err == nil && os.SameFile(staged, target) {
		d.RemoveFile(e.Staged) // linked, and killed before this
		return false, nil
	}
	if newer := d.newerThere(by, e, staged, target); newer != "" {
		// Somebody published since: what was decided before doesn't replace it.
		found.Removed++
		found.Problems = append(found.Problems, fmt.Sprintf("run %s: its %s was left out, %s is there", by.Run, e.path(), newer))
		d.RemoveFile(e.Staged)
		return true, nil
	}
	if err := d.put(by, e); err != nil {
		return false, fmt.Errorf("recover %s: %w", e.path(), err)
	}
	found.Completed = append(found.Completed, RecoveredFile{Run: by.Run, Path: e.path()})
	return false, nil
}

// newerThere says what lies at a target that a dead process's file must not
// replace, "" when it may: nothing, what it had decided to replace, or an older
// tick's. target is nil when nothing is there.
func (d *Dir) newerThere(by target.Author, e *entry, staged, target fs.FileInfo) string {
	const some = "a newer file"
	switch {
	case target == nil:
		return ""
	case e.New == nil: // the journal of an older version: times are all that is known
		if e.NoReplace || target.ModTime().After(staged.ModTime()) {
			return some
		}
		return ""
	case disk.IDOf(target).Is(e.Old):
		return ""
	case !e.Stamped || e.NoReplace || e.Grows:
		return some
	}
	s := d.stampOf(e.Target, disk.IDOf(target))
	switch {
	case s == nil || s.Job != by.Job:
		return some
	case s.newerThan(by, e):
		return some + " of run " + s.Run
	}
	e.Old = disk.IDOf(target)
	return ""
}
