package output

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"speckle-runner/internal/output/disk"
	"speckle-runner/internal/output/record"
	"speckle-runner/internal/output/target"
)

// Staged is a file on its way to its target. It counts and hashes what is
// written; an error of it says that nothing was published.
type Staged struct {
	dir    *Dir
	by     target.Author
	beside func(entry) (name string, file *os.File, err error) // opens a hidden file for a second target

	reserve func(path string) error // keeps a path from being written by another output

	path      string // target, with slashes
	output    string // the job's name for it
	target    string
	name      string // hidden name beside the target
	noReplace bool
	resumed   bool     // but for what an earlier attempt wrote
	shared    bool     // runs of other ticks write it, too
	file      *os.File // nil after Close

	latest       string // second target
	latestStaged string

	manifest       *target.Manifest // nil: none
	manifestTarget string
	manifestStaged string

	// Of a file that grows.
	grows          bool
	growth         *growth     // nil until its part is written
	before         *growth     // of the file that it continues
	growthStaged   string      // its index
	continues      os.FileInfo // the file that it continues, nil: a new one
	continuesEmpty bool        // and that has no records: it is begun anew
	endLine        bool        // and that doesn't end with its line

	sum     hash.Hash
	bytes   int64
	records int64
	err     error // the first one; the file is no good after it
}

// Path gives the target.
func (s *Staged) Path() string { return s.path }

// SetRecords notes how many records the file holds, for Published and for the
// manifest, which Close writes.
func (s *Staged) SetRecords(n int64) { s.records = n }

// Bytes gives how much was written so far.
func (s *Staged) Bytes() int64 { return s.bytes }

// Write appends to the file.
func (s *Staged) Write(p []byte) (int, error) {
	if s.err != nil {
		return 0, s.err
	}
	if s.file == nil {
		return 0, fmt.Errorf("write %s: it is closed", s.path)
	}
	n, err := s.file.Write(p)
	s.hash().Write(p[:n])
	s.bytes += int64(n)
	if err != nil {
		return n, s.fail("write", err)
	}
	return n, nil
}

func (s *Staged) hash() hash.Hash {
	if s.sum == nil {
		s.sum = sha256.New()
	}
	return s.sum
}

func (s *Staged) fail(doing string, err error) error {
	s.err = fmt.Errorf("%s %s: %w (nothing was published)", doing, s.path, disk.Cause(err))
	return s.err
}

func (s *Staged) closeFiles() {
	if s.file != nil {
		s.file.Close()
		s.file = nil
	}
}

// moves gives what Commit has to rename.
func (s *Staged) moves() []entry {
	moves := []entry{{Staged: s.name, Target: s.target, NoReplace: s.noReplace}}
	if s.latestStaged != "" {
		moves = append(moves, entry{Staged: s.latestStaged, Target: s.latest})
	}
	if s.growthStaged != "" {
		moves = append(moves, entry{Staged: s.growthStaged, Target: growthPath(s.target)})
	}
	if s.manifestStaged != "" {
		moves = append(moves, entry{Staged: s.manifestStaged, Target: s.manifestTarget, Of: s.target})
	}
	return moves
}

// puts gives it with all that is known of each file.
func (s *Staged) puts() []entry {
	moves := s.moves()
	tick := s.newest()
	for i := range moves {
		e := &moves[i]
		e.Tick = tick
		switch {
		case i == 0:
			e.Stamped, e.Resumed, e.Grows = s.shared || s.noReplace || s.grows, s.resumed, s.grows
			if s.growthStaged != "" {
				e.Of = growthPath(s.target)
			}
			if s.continues != nil {
				e.Old = disk.IDOf(s.continues)
			}
		case s.latest != "" && e.Target == s.latest:
			e.Stamped = true
		}
		if e.Stamped {
			e.SHA256 = hex.EncodeToString(s.hash().Sum(nil))
		}
	}
	return moves
}

// newest gives the tick of the newest rows in the file.
func (s *Staged) newest() time.Time {
	tick := s.by.Tick
	if s.growth == nil {
		return tick
	}
	for _, part := range s.growth.Segments {
		if part.Tick.After(tick) {
			tick = part.Tick
		}
	}
	if s.continues != nil {
		if before := s.dir.stampOf(s.target, disk.IDOf(s.continues)); before != nil && before.Tick.After(tick) {
			tick = before.Tick
		}
	}
	return tick
}

func (s *Staged) published() target.Published {
	return target.Published{
		Path: s.path, Records: s.records, Bytes: s.bytes, Output: s.output,
		SHA256: hex.EncodeToString(s.hash().Sum(nil)), Latest: filepath.ToSlash(s.latest),
		Manifest: filepath.ToSlash(s.manifestTarget),
	}
}

// TakeOver makes the spool's file the staged one, by a second name for it:
// plain NDJSON is what a spool holds, and 500 MB aren't written twice. It
// gives false where that can't be, and then the records are copied.
func (s *Staged) TakeOver(ctx context.Context, r record.Records) (bool, error) {
	// Windows can't rename a file whose other name is open.
	if s.err != nil {
		return false, s.err
	}
	if s.file == nil || s.bytes > 0 || s.grows || r.Lend == nil || runtime.GOOS == "windows" {
		return false, nil
	}
	linked, err := r.Lend(s.become)
	if err != nil || !linked {
		return false, err
	}
	if r.Sum != nil {
		if sum, size := r.Sum(); sum != nil {
			return true, s.trust(sum, size)
		}
	}
	// The kernel writes the file out while it is hashed.
	synced := make(chan error, 1)
	go func() { synced <- s.file.Sync() }()
	var count record.LineCount
	size := &byteCount{}
	err = record.CopyAll(ctx, io.MultiWriter(s.hash(), &count, size), s.file)
	s.bytes = size.n
	syncErr := <-synced
	if err == nil {
		err = syncErr
	}
	if err != nil {
		return true, s.fail("write", err)
	}
	return true, r.CheckCount(count.Lines)
}

// trust takes the sum that was made while the file was written. Close syncs it.
func (s *Staged) trust(sum hash.Hash, size int64) error {
	info, err := s.file.Stat()
	if err == nil && info.Size() != size {
		err = fmt.Errorf("%d of %d bytes are there", info.Size(), size)
	}
	if err != nil {
		return s.fail("take over", err)
	}
	s.sum, s.bytes = sum, size
	return nil
}

// become replaces the staged file by a second name for a spool's; on a file
// system without links an empty file is put back.
func (s *Staged) become(spool string) (linked bool, err error) {
	root, flags := s.dir.Root, os.O_RDWR
	s.closeFiles()
	err = root.Remove(s.name)
	if err == nil {
		linked = root.Link(spool, s.name) == nil
		if !linked {
			flags |= os.O_CREATE | os.O_EXCL
		}
		s.file, err = root.OpenFile(s.name, flags, 0o644)
	}
	if err != nil {
		return false, s.fail("create", err)
	}
	return linked, nil
}

type byteCount struct{ n int64 }

func (c *byteCount) Write(p []byte) (int, error) {
	c.n += int64(len(p))
	return len(p), nil
}
