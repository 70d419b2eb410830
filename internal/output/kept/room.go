package kept

import (
	"sync"

	"speckle-runner/internal/output/disk"
)

// Dir is where what runs have read is kept, in a directory's hidden folder. It
// is safe for use by several goroutines.
type Dir struct {
	*disk.Dir

	keeping keeping

	mu   sync.Mutex
	made map[string]bool // folders of runs that this process has made
}

// In gives a directory's room.
func In(folder *disk.Dir) *Dir { return &Dir{Dir: folder, made: map[string]bool{}} }

// makeFolder makes the folder of a run, and remembers it until it is dropped.
func (d *Dir) makeFolder(folder string) error {
	d.mu.Lock()
	d.made[folder] = true
	d.mu.Unlock()
	return d.Root.MkdirAll(folder, 0o700)
}
