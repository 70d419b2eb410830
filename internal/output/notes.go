package output

import (
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"speckle-runner/internal/output/disk"
	"speckle-runner/internal/output/target"
)

// unfinishedDir has a file for each.
const unfinishedDir = disk.Hidden + "/unfinished"

// Note writes into the journal, durably, what is about to be put in another
// place together with the files. It is between Place and Settle or Undo, and
// Conclude ends it.
func (p *Publication) Note(note any) error {
	text, err := json.Marshal(note)
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.placed || p.ended {
		return errors.New("publish: nothing is in place that a note could be about")
	}
	if p.journal == nil {
		if p.journal, err = p.dir.openPassage(p.by); err != nil {
			return err
		}
	}
	p.noted = true
	return p.journal.seal(entry{Op: opNote, Note: text})
}

// Conclude says, after Settle or Undo, which of the notes are still to be seen to.
// They are kept for EachUnfinished.
func (p *Publication) Conclude(settled bool, left []any) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.noted || !p.ended {
		return nil
	}
	if len(left) > 0 {
		u := target.Unfinished{Job: p.by.Job, Run: p.by.Run, Settled: settled}
		for _, note := range left {
			text, err := json.Marshal(note)
			if err != nil {
				return err
			}
			u.Notes = append(u.Notes, text)
		}
		if err := p.dir.leaveUnfinished(u); err != nil {
			p.dir.removing.Lock()
			defer p.dir.removing.Unlock()
			if !p.kept { // else the journal is there for more
				p.dir.stuck = append(p.dir.stuck, stuck{note: func() error { return p.dir.leaveUnfinished(u) }, passage: p.journal})
			}
			return err
		}
	}
	p.noted = false
	p.leaveJournal(!p.kept)
	return nil
}

func (d *Dir) leaveUnfinished(u target.Unfinished) error {
	text, err := json.Marshal(u)
	if err != nil {
		return err
	}
	dir := filepath.FromSlash(unfinishedDir)
	if err := d.Root.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("keep what run %s left unfinished: %w", u.Run, disk.Cause(err))
	}
	name := filepath.Join(dir, disk.RandomName())
	if err := d.writeSynced(name+".tmp", text); err != nil {
		d.RemoveFile(name + ".tmp")
		return fmt.Errorf("keep what run %s left unfinished: %w", u.Run, disk.Cause(err))
	}
	if err := d.Root.Rename(name+".tmp", name+".json"); err != nil {
		return fmt.Errorf("keep what run %s left unfinished: %w", u.Run, disk.Cause(err))
	}
	return d.SyncDir(dir)
}

func (d *Dir) writeSynced(name string, text []byte) error {
	file, err := d.Root.Create(name)
	if err != nil {
		return err
	}
	_, err = file.Write(text)
	if err == nil {
		err = file.Sync()
	}
	return errors.Join(err, file.Close())
}

// EachUnfinished has what a job's publications left in other places put right,
// of all jobs when it is "". What do gives no error for is forgotten. One call
// waits for the other: what is put right can't be put anew meanwhile.
func (d *Dir) EachUnfinished(job string, do func(target.Unfinished) error) error {
	d.finishing.Lock()
	defer d.finishing.Unlock()
	dir := filepath.FromSlash(unfinishedDir)
	files, err := d.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("look for what is unfinished: %w", err)
	}
	var problems []error
	for _, f := range files {
		if !strings.HasSuffix(f.Name(), ".json") {
			continue
		}
		name := filepath.Join(dir, f.Name())
		text, err := d.Root.ReadFile(name)
		if err != nil {
			continue // another process was faster
		}
		var u target.Unfinished
		if err := json.Unmarshal(text, &u); err != nil {
			problems = append(problems, fmt.Errorf("read %s: %w", filepath.ToSlash(name), err))
			continue
		}
		if job != "" && u.Job != job {
			continue
		}
		if err := do(u); err != nil {
			problems = append(problems, err)
			continue
		}
		d.RemoveFile(name)
	}
	return errors.Join(problems...)
}
