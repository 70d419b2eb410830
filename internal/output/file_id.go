package output

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
)

// fileID tells the file that lies at a path from any other that lies there
// before or after it. A rename and a second name leave it as it is.
type fileID struct {
	Size  int64  `json:"size"`
	MTime int64  `json:"mtime"` // nanoseconds
	Inode uint64 `json:"inode,omitempty"`
}

func idOf(info fs.FileInfo) *fileID {
	return &fileID{Size: info.Size(), MTime: info.ModTime().UnixNano(), Inode: inodeOf(info)}
}

// is reports whether both are one file; nil is none at all.
func (id *fileID) is(other *fileID) bool {
	if id == nil || other == nil {
		return id == other
	}
	return *id == *other
}

// idAt looks at a path: nil when nothing is there.
func (d *Folder) idAt(name string) (*fileID, error) {
	info, err := d.root.Lstat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("look at %s: %w", filepath.ToSlash(name), cause(err))
	}
	return idOf(info), nil
}
