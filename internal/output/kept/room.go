package kept

import "speckle-runner/internal/output/disk"

// Dir is where what runs have read is kept, in a directory's hidden folder. It
// is safe for use by several goroutines.
type Dir struct {
	*disk.Dir

	keeping keeping
}

// In gives a directory's room.
func In(folder *disk.Dir) *Dir { return &Dir{Dir: folder} }
