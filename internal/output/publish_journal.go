package output

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
)

// Kinds of journal entries.
const (
	opBegin  = "begin"  // of the run
	opFolder = "folder" // made for a target
	opStage  = "stage"  // a hidden file, and where it goes
	opCommit = "commit" // every file is complete: publishing may be finished
)

// entry is a line of the journal.
type entry struct {
	Op        string `json:"op"`
	Run       string `json:"run,omitempty"`
	Staged    string `json:"staged,omitempty"`
	Target    string `json:"target,omitempty"`
	NoReplace bool   `json:"no_replace,omitempty"`
	Of        string `json:"of,omitempty"` // of a manifest: the file that it is about
}

// journal is the list of what a publication made, kept on disk as it grows. A
// process that is killed leaves it behind: with a commit entry the next one
// finishes the publication, without one it removes what was staged.
type journal struct {
	dir  *Dir
	name string
	file *os.File
}

const journalSuffix = ".journal"

func (d *Dir) openJournal(run string) (*journal, error) {
	own, err := d.own()
	if err != nil {
		return nil, err
	}
	name := own.file(run, journalSuffix)
	file, err := d.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open journal: %w", cause(err))
	}
	j := &journal{dir: d, name: name, file: file}
	return j, j.add(entry{Op: opBegin, Run: run})
}

// add appends an entry. It survives the process, and only commit makes it
// survive the machine: a power cut may leave a hidden file that no journal
// knows, never a wrong export.
func (j *journal) add(e entry) error {
	line, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("write journal: %w", err)
	}
	if _, err := j.file.Write(append(line, '\n')); err != nil {
		return fmt.Errorf("write journal: %w", cause(err))
	}
	return nil
}

// commit notes, durably, that every file is complete.
func (j *journal) commit() error {
	if err := j.add(entry{Op: opCommit}); err != nil {
		return err
	}
	if err := j.file.Sync(); err != nil {
		return fmt.Errorf("sync journal: %w", cause(err))
	}
	for _, dir := range parentsOf(j.name) {
		if err := j.dir.syncDir(dir); err != nil {
			return err
		}
	}
	return nil
}

// close ends the journal, removing it when nothing is left to do.
func (j *journal) close(done bool) {
	if j == nil {
		return
	}
	j.file.Close()
	if done {
		j.dir.removeFile(j.name)
	}
}

// record is what a journal of a dead process says.
type record struct {
	run       string
	moves     []entry
	made      []string
	committed bool
}

// readJournal reads the whole lines; a cut last one was never acted on.
func (d *Dir) readJournal(name string) (record, error) {
	var r record
	file, err := d.root.Open(name)
	if err != nil {
		return r, fmt.Errorf("read journal: %w", cause(err))
	}
	defer file.Close()
	in := bufio.NewReader(file)
	for {
		line, err := in.ReadBytes('\n')
		if err == io.EOF {
			return r, nil
		}
		if err != nil {
			return r, fmt.Errorf("read journal: %w", cause(err))
		}
		var e entry
		if err := json.Unmarshal(line, &e); err != nil {
			return r, fmt.Errorf("read journal %s: %w", name, err)
		}
		r.take(e)
	}
}

func (r *record) take(e entry) {
	switch e.Op {
	case opBegin:
		r.run = e.Run
	case opFolder:
		r.made = append(r.made, e.Target)
	case opStage:
		r.moves = append(r.moves, e)
	case opCommit:
		r.committed = true
	}
}
