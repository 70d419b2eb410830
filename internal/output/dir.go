package output

import (
	"speckle-runner/internal/output/disk"
	"speckle-runner/internal/output/kept"
	"sync"
)

// Dir is a directory that runs publish in. It is safe for use by several
// goroutines.
type Dir struct {
	*kept.Dir

	writing sync.Mutex
	journal *journal // the one that is written to, nil before the first publication

	finishing sync.Mutex // held while what was left unfinished is put right

	growing sync.Mutex // held while a file that grows is put in place

	removing sync.Mutex
	stuck    []stuck // what is to be removed later
}

// OpenDir opens a directory, making it when it is missing.
func OpenDir(path string) (*Dir, error) {
	folder, err := disk.Open(path)
	if err != nil {
		return nil, err
	}
	return &Dir{Dir: kept.In(folder)}, nil
}

// Close lets the directory go. Publications and spools must be closed before.
func (d *Dir) Close() error {
	d.removeStuck()
	d.writing.Lock()
	d.journal.retire()
	d.journal = nil
	d.writing.Unlock()
	return d.Dir.Close()
}

// syncFolders makes the entries of the targets' folders durable.
func (d *Dir) syncFolders(moves []*entry) error {
	names := make([]string, len(moves))
	for i, m := range moves {
		names[i] = m.Target
	}
	return d.SyncParents(names)
}
