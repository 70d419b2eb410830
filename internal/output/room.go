package output

import "speckle-runner/internal/output/disk"

// Room is where what runs have read is kept, in a directory's hidden folder. It
// is safe for use by several goroutines.
type Room struct {
	*disk.Dir

	keeping keeping
}

// NewRoom gives a directory's room.
func NewRoom(folder *disk.Dir) *Room { return &Room{Dir: folder} }
