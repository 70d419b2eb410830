package kept

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"slices"
	"sync"

	"speckle-runner/internal/output/disk"
	"speckle-runner/internal/output/record"
)

// spoolBuffer is how much a spool holds in memory. A smaller export never
// touches the disk before it is published.
const spoolBuffer = 64 << 10

// Spool keeps the records of a run between reading and encoding: one compact
// JSON value a line, appended, with a way back to an earlier mark. It is for
// one writer; its readers see what was there when they were opened, as long
// as it isn't truncated.
type Spool struct {
	dir   *Dir
	label string

	mu      sync.Mutex
	file    *os.File // nil while everything fits the buffer
	name    string
	flushed int64 // bytes in file
	buf     []byte
	shared  bool // a reader has buf: it may grow, but not be written again
	count   int64
	sealed  bool // its file is an export now
	err     error

	shown int64    // bytes that sum, and the pages that share the file, have seen
	sum   *sumUp   // of what is written, when it may become an export; nil: nobody asks
	pages *pageSum // of those that lie in its file; nil: none
}

// Mark is a place in a spool to come back to.
type Mark struct{ bytes, count int64 }

// NewSpool opens a spool. The label goes into its hidden name, for people.
func (d *Dir) NewSpool(label string) (*Spool, error) {
	if label == "" {
		return nil, errors.New("spool: no name")
	}
	return &Spool{dir: d, label: label}, nil
}

// MayBeExport says that the spool's file is likely to be an export as it is.
func (s *Spool) MayBeExport() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.size() == 0 {
		s.sum = &sumUp{hash: sha256.New()}
	}
}

// Append adds a record: one JSON value on one line, without its end.
func (s *Spool) Append(record []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.err != nil:
		return s.err
	case s.sealed:
		return errors.New("spool: it was published and can't grow")
	case len(record) == 0 || bytes.IndexByte(record, '\n') >= 0:
		return errors.New("spool: a record has to be one line of JSON")
	}
	s.buf = append(append(s.buf, record...), '\n')
	s.count++
	if len(s.buf) >= spoolBuffer {
		return s.flush()
	}
	return nil
}

// Count gives the number of records.
func (s *Spool) Count() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.count
}

// Bytes gives the size of the records, as NDJSON.
func (s *Spool) Bytes() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.size()
}

// Mark gives the place after the last record.
func (s *Spool) Mark() Mark {
	s.mu.Lock()
	defer s.mu.Unlock()
	return Mark{bytes: s.size(), count: s.count}
}

// Truncate forgets the records after a mark.
func (s *Spool) Truncate(to Mark) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.err != nil:
		return s.err
	case s.sealed:
		return errors.New("spool: it was published and can't be cut")
	case to.bytes > s.size() || to.count > s.count:
		return errors.New("spool: the mark lies behind its end")
	}
	if to.bytes >= s.flushed {
		s.buf = s.buf[:to.bytes-s.flushed]
		if s.shared {
			s.buf = slices.Clip(s.buf)
		}
	} else {
		if err := s.file.Truncate(to.bytes); err != nil {
			return s.fail("truncate", err)
		}
		s.flushed = to.bytes
		s.emptyBuffer()
	}
	s.count = to.count
	if s.shown > to.bytes { // what went is in the sums
		s.shown, s.sum, s.pages = to.bytes, nil, nil
	}
	return nil
}

// Open gives a reader of the records there are now. Several may be open.
func (s *Spool) Open() (io.ReadCloser, error) { return s.view() }

func (s *Spool) view() (view, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return view{}, s.err
	}
	if s.file == nil {
		s.shared = true
		return view{io.NewSectionReader(bytes.NewReader(s.buf), 0, int64(len(s.buf)))}, nil
	}
	if err := s.flush(); err != nil {
		return view{}, err
	}
	return view{io.NewSectionReader(s.file, 0, s.flushed)}, nil
}

// Records gives what the spool holds now, for Encode.
func (s *Spool) Records() record.Records {
	return record.Records{Count: s.Count(), Open: s.Open, Lend: s.lend, Sum: s.summed}
}

// Between gives the records from one mark to a later one. They must not be
// truncated as long as it is used.
func (s *Spool) Between(from, to Mark) record.Records {
	return record.Records{Count: to.count - from.count, Open: func() (io.ReadCloser, error) {
		whole, err := s.view()
		if err != nil {
			return nil, err
		}
		return view{io.NewSectionReader(whole, from.bytes, to.bytes-from.bytes)}, nil
	}}
}

// view reads a spool, or a part of it. The spool closes the file.
type view struct{ *io.SectionReader }

// Close does nothing.
func (view) Close() error { return nil }

// Close removes the spool. A file that took its records over stays.
func (s *Spool) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.buf, s.err = nil, errors.New("spool: it is closed")
	if s.file == nil {
		return nil
	}
	err := s.file.Close()
	s.file = nil
	if !s.dir.RemoveFile(s.name) {
		err = errors.Join(err, errors.New("spool: its file couldn't be removed"))
	}
	return err
}

func (s *Spool) size() int64 { return s.flushed + int64(len(s.buf)) }

func (s *Spool) flush() error {
	if len(s.buf) == 0 {
		return nil
	}
	if s.file == nil {
		if err := s.create(); err != nil {
			return s.fail("create", err)
		}
	}
	s.show()
	_, err := s.file.WriteAt(s.buf, s.flushed)
	if err != nil && s.dir.keeping.makesRoom(err) {
		s.dir.At("made room")
		_, err = s.file.WriteAt(s.buf, s.flushed)
	}
	if err != nil {
		return s.fail("write", err)
	}
	s.flushed += int64(len(s.buf))
	s.emptyBuffer()
	s.sum.writeOut(s.file, s.flushed)
	return nil
}

// show gives what was appended to who sums it up.
func (s *Spool) show() {
	text := s.buf[max(0, s.shown-s.flushed):]
	s.shown = s.size()
	if s.sum != nil {
		s.sum.hash.Write(text)
	}
	if s.pages != nil {
		s.pages.add(text)
	}
}

func (s *Spool) emptyBuffer() {
	s.buf = s.buf[:0]
	if s.shared || cap(s.buf) > 4*spoolBuffer { // a huge record's isn't kept: hundreds of spools may wait
		s.buf, s.shared = nil, false
	}
}

func (s *Spool) create() error {
	var err error
	if s.name, err = s.dir.NewName(s.label, ".spool"); err != nil {
		return err
	}
	// Readable as an export is: it may become one. Its folder is closed to
	// others.
	s.file, err = s.dir.Root.OpenFile(s.name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o644)
	return err
}

func (s *Spool) fail(doing string, err error) error {
	s.err = fmt.Errorf("%s spool in %s: %w (nothing was published)", doing, s.dir.Path(), disk.Cause(err))
	return s.err
}

// lend hands the spool's file over, when it has one and wasn't lent already. The
// spool only reads from then on.
func (s *Spool) lend(take func(file string) (bool, error)) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil || s.file == nil || s.sealed {
		return false, nil
	}
	if err := s.flush(); err != nil {
		return false, err
	}
	var err error
	s.sealed, err = take(s.name)
	return s.sealed, err
}

// summed gives the hash of the file that was lent, and its size; nil: it isn't
// known.
func (s *Spool) summed() (hash.Hash, int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.sum == nil || !s.sealed || s.shown != s.flushed || len(s.buf) > 0 {
		return nil, 0
	}
	return s.sum.hash, s.flushed
}

// release ends the summing up for pages.
func (s *Spool) release() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pages = nil
}

// spilled reports whether some of a spool is on the disk.
func (s *Spool) spilled() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.file != nil
}

// linked gives a spool's file a second name.
func (s *Spool) linked(name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.file != nil && s.dir.Root.Link(s.name, name) == nil
}
