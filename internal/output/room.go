package output

// Room is where what runs have read is kept, in a directory's hidden folder. It
// is safe for use by several goroutines.
type Room struct {
	*Folder

	keeping keeping
}

// NewRoom gives a directory's room.
func NewRoom(folder *Folder) *Room { return &Room{Folder: folder} }
