package output

import (
	"fmt"
	"os"
	"sync"

	"speckle-runner/internal/output/disk"
	"speckle-runner/internal/output/kept"
	"speckle-runner/internal/output/target"
)

// Dir is a directory that runs publish in. It is safe for use by several
// goroutines.
type Dir struct {
	*kept.Dir

	writing sync.Mutex
	journal *journal // the one that is written to, nil before the first publication

	finishing sync.Mutex // held while what was left unfinished is put right

	growing sync.Mutex // held while a file that grows is put in place

	telling sync.Mutex
	untold  map[attempt][]*passage // of those whose files no ledger has yet

	removing sync.Mutex
	stuck    []stuck // what is to be removed later
}

// attempt is one of a run's.
type attempt struct {
	run    string
	number int
}

// OpenDir opens a directory, making it when it is missing.
func OpenDir(path string) (*Dir, error) {
	folder, err := disk.Open(path)
	if err != nil {
		return nil, err
	}
	return &Dir{Dir: kept.In(folder)}, nil
}

// openPassage gives a publication its place in the process's journal.
func (d *Dir) openPassage(by target.Author) (*passage, error) {
	d.writing.Lock()
	defer d.writing.Unlock()
	if d.journal == nil || d.journal.full() || !d.Own(d.journal.name) {
		file, err := d.NewName("publications", journalSuffix)
		if err != nil {
			return nil, err
		}
		made, err := d.Root.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL|os.O_APPEND, 0o600)
		if err != nil {
			return nil, fmt.Errorf("open journal: %w", disk.Cause(err))
		}
		d.journal.retire()
		d.journal = &journal{dir: d.Dir.Dir, name: file, file: made}
	}
	return d.journal.begin(by), nil
}

// Close lets the directory go. Publications and spools must be closed before.
func (d *Dir) Close() error {
	d.clearStuck()
	d.writing.Lock()
	d.journal.retire()
	d.journal = nil
	d.writing.Unlock()
	return d.Dir.Close()
}

// stuck are hidden files that are of no use any more and couldn't be removed: Windows
// keeps a second name of a workbook, too, while Excel has it open. And notes that a full
// disk didn't take.
type stuck struct {
	names   []string
	note    func() error // nil: nothing has to be noted
	passage *passage     // says so, for the next start
}

// clearStuck tries again to remove what couldn't be, and to note what had to be.
func (d *Dir) clearStuck() {
	d.removing.Lock()
	defer d.removing.Unlock()
	var left []stuck
	for _, s := range d.stuck {
		if s.note != nil && s.note() != nil {
			left = append(left, s)
			continue
		}
		var names []string
		for _, name := range s.names {
			if !d.RemoveFile(name) {
				names = append(names, name)
			}
		}
		if len(names) > 0 {
			left = append(left, stuck{names: names, passage: s.passage})
			continue
		}
		s.passage.close(true)
	}
	d.stuck = left
}

// syncFolders makes the entries of the targets' folders durable.
func (d *Dir) syncFolders(moves []*entry) error {
	names := make([]string, len(moves))
	for i, m := range moves {
		names[i] = m.Target
	}
	return d.SyncParents(names)
}
