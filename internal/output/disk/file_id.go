package disk

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
)

// FileID tells the file that lies at a path from any other that lies there
// before or after it. A rename and a second name leave it as it is.
type FileID struct {
	Size  int64  `json:"size"`
	MTime int64  `json:"mtime"` // nanoseconds
	Inode uint64 `json:"inode,omitempty"`
}

// IDOf gives what tells a file from another one of the same name.
func IDOf(info fs.FileInfo) *FileID {
	return &FileID{Size: info.Size(), MTime: info.ModTime().UnixNano(), Inode: inodeOf(info)}
}

// Is reports whether both are one file; nil is none at all.
func (id *FileID) Is(other *FileID) bool {
	if id == nil || other == nil {
		return id == other
	}
	return *id == *other
}

// IDAt looks at a path: nil when nothing is there.
func (d *Dir) IDAt(name string) (*FileID, error) {
	info, err := d.Root.Lstat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("look at %s: %w", filepath.ToSlash(name), Cause(err))
	}
	return IDOf(info), nil
}
