package bundle

import (
	"fmt"
	"os"
)

// defaultScratch is how much a bundle may take below the scratch folder, where the
// caller has no bound of its own.
const defaultScratch = 64 << 30

// scratch is the folder of one bundle's scratch files.
type scratch struct {
	dir   string
	files []*os.File // all that were made, also those that are closed
	left  int64      // bytes
	limit int64
}

func newScratch(below string, limit int64) (*scratch, error) {
	dir, err := os.MkdirTemp(below, "bundle-*")
	if err != nil {
		return nil, fmt.Errorf("make room to read a bundle: %w", err)
	}
	if limit <= 0 {
		limit = defaultScratch
	}
	return &scratch{dir: dir, left: limit, limit: limit}, nil
}

func (s *scratch) create() (*os.File, error) {
	f, err := os.CreateTemp(s.dir, "bucket-*")
	if err != nil {
		return nil, fmt.Errorf("make room to read a bundle: %w", err)
	}
	s.files = append(s.files, f)
	return f, nil
}

// take counts bytes that are written.
func (s *scratch) take(n int) error {
	s.left -= int64(n)
	if s.left < 0 {
		return fmt.Errorf("the bundle needs more than %d bytes of scratch space, which is the limit", s.limit)
	}
	return nil
}

// remove closes what a reading that ended early left open, which Windows doesn't
// remove otherwise, and removes everything.
func (s *scratch) remove() error {
	for _, f := range s.files {
		_ = f.Close() // most are closed already
	}
	return os.RemoveAll(s.dir)
}
