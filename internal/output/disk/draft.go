package disk

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
)

// Draft is a whole file in the runner's own room, for a place that takes a file
// only as one: nothing is sent there before the last byte is known. It is
// removed by Remove, or at the next start when the process is killed. It is for
// one goroutine.
type Draft struct {
	dir   *Dir
	name  string
	file  *os.File
	sum   hash.Hash
	bytes int64
	err   error
}

// NewDraft opens a draft. The label goes into its hidden name, for people.
func (d *Dir) NewDraft(label string) (*Draft, error) {
	own, err := d.own()
	if err != nil {
		return nil, err
	}
	draft := &Draft{dir: d, name: own.file(label, ".draft"), sum: sha256.New()}
	draft.file, err = d.Root.OpenFile(draft.name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open a draft in %s: %w", d.path, Cause(err))
	}
	return draft, nil
}

// Write appends to the draft. After an error it is no good any more.
func (f *Draft) Write(p []byte) (int, error) {
	if f.err != nil {
		return 0, f.err
	}
	if f.file == nil {
		return 0, errors.New("write a draft: it is closed")
	}
	n, err := f.file.Write(p)
	f.sum.Write(p[:n])
	f.bytes += int64(n)
	if err != nil {
		f.err = fmt.Errorf("write a draft in %s: %w", f.dir.path, Cause(err))
	}
	return n, f.err
}

// Bytes gives how much was written.
func (f *Draft) Bytes() int64 { return f.bytes }

// SHA256 gives the hash of what was written, in hex.
func (f *Draft) SHA256() string { return hex.EncodeToString(f.sum.Sum(nil)) }

// Close ends the writing and lets the file handle go: a run may have more files
// than a process may hold open.
func (f *Draft) Close() error {
	if f.file == nil {
		return f.err
	}
	err := f.file.Close()
	f.file = nil
	if err != nil && f.err == nil {
		f.err = fmt.Errorf("close a draft in %s: %w", f.dir.path, Cause(err))
	}
	return f.err
}

// Read hands a closed draft's bytes over. A disk that gives back another size
// is an error.
func (f *Draft) Read(use func(*io.SectionReader) error) error {
	if f.err != nil {
		return f.err
	}
	file, err := f.dir.Root.Open(f.name)
	if err != nil {
		return fmt.Errorf("read a draft in %s: %w", f.dir.path, Cause(err))
	}
	defer file.Close()
	info, err := file.Stat()
	switch {
	case err != nil:
		return fmt.Errorf("read a draft in %s: %w", f.dir.path, Cause(err))
	case info.Size() != f.bytes:
		return fmt.Errorf("read a draft in %s: %d of %d bytes came back", f.dir.path, info.Size(), f.bytes)
	}
	return use(io.NewSectionReader(file, 0, f.bytes))
}

// Remove takes the draft away.
func (f *Draft) Remove() {
	_ = f.Close() // nobody needs it any more
	f.err = errDraftGone
	f.dir.RemoveFile(f.name)
}

var errDraftGone = errors.New("the draft was removed")
