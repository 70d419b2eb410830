package output

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"time"

	"speckle-runner/internal/output/disk"
	"speckle-runner/internal/output/target"
)

// Kinds of journal entries.
const (
	opBegin  = "begin"  // of a publication, with its run
	opFolder = "folder" // made for a target
	opStage  = "stage"  // a hidden file, and where it goes
	opPut    = "put"    // it is about to go there, and what lies there now
	opLeave  = "leave"  // it doesn't go there: a newer file lies there
	opCommit = "commit" // every file is complete: publishing may be finished
	opUndo   = "undo"   // it may not: what was replaced is put back
	opSettle = "settle" // all is in place for good
	opNote   = "note"   // what is put in another place together with it
	opFiles  = "files"  // what is about to be published, for a ledger that hears of it later
	opEnd    = "end"    // nothing is left to do
)

// entry is a line of a journal.
type entry struct {
	Op        string `json:"op"`
	ID        string `json:"id,omitempty"` // of the publication, in its journal
	Run       string `json:"run,omitempty"`
	Staged    string `json:"staged,omitempty"`
	Target    string `json:"target,omitempty"`
	NoReplace bool   `json:"no_replace,omitempty"`
	Of        string `json:"of,omitempty"` // what it can't be without: the file of a manifest, the index of a file that grows

	Job     string    `json:"job,omitempty"` // who publishes
	Tick    time.Time `json:"tick,omitzero"` // of a put: of the newest rows in the file
	Attempt int       `json:"attempt,omitempty"`

	// Together says, of a commit, that other things have to be put, too: what
	// was cut off before it is settled is undone.
	Together bool `json:"together,omitempty"`

	New     *disk.FileID `json:"new,omitempty"`    // the staged file
	Old     *disk.FileID `json:"old,omitempty"`    // what it replaces, nil: nothing
	Backup  string       `json:"backup,omitempty"` // hidden name that keeps Old
	Away    bool         `json:"away,omitempty"`   // Old is renamed to it: no second name can be given
	Stamped bool         `json:"stamped,omitempty"`
	Resumed bool         `json:"resumed,omitempty"` // NoReplace doesn't hold for what this run wrote
	Grows   bool         `json:"grows,omitempty"`   // nothing but Old may be replaced
	SHA256  string       `json:"sha256,omitempty"`

	Note json.RawMessage `json:"note,omitempty"`

	Files []target.Published `json:"files,omitempty"`
}

func (e *entry) path() string { return filepath.ToSlash(e.Target) }

// journal is the list of what the publications of a process made, kept on disk
// as it grows. A process that is killed leaves it behind: what has a commit
// entry is finished by the next one, what has none is removed. It is one file
// for all, because a new file for each costs more than the export does.
type journal struct {
	dir  *disk.Dir
	name string
	file *os.File

	mu      sync.Mutex
	open    int // publications with something left to do
	next    int // id of the next one
	size    int
	broken  error // a line is cut: nothing may come after it
	durable bool  // its name is
	retired bool  // another took its place: removed when nothing is open
}

const journalSuffix = ".journal"

// maxJournal is how far a journal grows, in bytes, before another one is begun.
const maxJournal = 1 << 20

// passage is what one publication writes into a journal.
type passage struct {
	in    *journal
	id    string
	begin *entry // nil once it is written
}

func (j *journal) full() bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.broken != nil || j.size > maxJournal
}

// begin opens a passage; its first entry is written together with the next one.
func (j *journal) begin(by target.Author) *passage {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.next++
	j.open++
	return &passage{in: j, id: strconv.Itoa(j.next), begin: &entry{Op: opBegin, Job: by.Job, Run: by.Run, Tick: by.Tick, Attempt: by.Attempt}}
}

// retire lets a journal go once nothing is open in it.
func (j *journal) retire() {
	if j == nil {
		return
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.retired = true
	j.settle()
}

func (j *journal) settle() {
	if j.retired && j.open == 0 {
		j.file.Close()
		j.dir.RemoveFile(j.name)
	}
}

func (j *journal) write(entries ...entry) error {
	var lines bytes.Buffer
	to := json.NewEncoder(&lines)
	err := j.broken
	for _, e := range entries {
		if err == nil {
			err = to.Encode(e)
		}
	}
	if err != nil {
		return fmt.Errorf("write journal: %w", err)
	}
	n, err := j.file.Write(lines.Bytes())
	j.size += n
	if err != nil {
		j.broken = disk.Cause(err)
		return fmt.Errorf("write journal: %w", j.broken)
	}
	return nil
}

// add appends entries. They survive the process, and only seal makes them
// survive the machine: a power cut may leave a hidden file that no journal
// knows, never a wrong export.
func (p *passage) add(entries ...entry) error {
	p.in.mu.Lock()
	defer p.in.mu.Unlock()
	if p.begin != nil {
		entries, p.begin = slices.Concat([]entry{*p.begin}, entries), nil
	}
	for i := range entries {
		entries[i].ID = p.id
	}
	return p.in.write(entries...)
}

// seal adds an entry and makes all up to it durable: a decision.
func (p *passage) seal(e entry) error {
	if err := p.add(e); err != nil {
		return err
	}
	j := p.in
	if err := j.file.Sync(); err != nil {
		return fmt.Errorf("sync journal: %w", disk.Cause(err))
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.durable {
		return nil
	}
	for _, dir := range disk.ParentsOf(j.name) {
		if err := j.dir.SyncDir(dir); err != nil {
			return err
		}
	}
	j.durable = true
	return nil
}

// close ends the passage. With something left to do it stays in its journal,
// for the next start.
func (p *passage) close(done bool) {
	if p == nil || !done {
		return
	}
	p.in.mu.Lock()
	defer p.in.mu.Unlock()
	if p.begin == nil {
		_ = p.in.write(entry{Op: opEnd, ID: p.id}) // without it the next start finds nothing to do
	}
	p.in.open--
	p.in.settle()
}
