package kept

import (
	"crypto/sha256"
	"hash"
	"os"
)

// outEvery is how much is written before the kernel is told to bring it to the
// disk: what has to be durable in the end is there then, but for little.
const outEvery = 8 << 20

// sumUp is what a spool that may become an export does on its way: then nobody
// reads it once more to hash it, and nobody waits for all of it to be on the disk.
type sumUp struct {
	hash hash.Hash
	out  int64 // bytes that the disk was told of
}

// MayBeExport says that the spool's file is likely to be an export as it is.
func (s *Spool) MayBeExport() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.size() == 0 {
		s.sum = &sumUp{hash: sha256.New()}
	}
}

// show gives what was appended to who sums it up.
func (s *Spool) show() {
	text := s.buf[max(0, s.shown-s.flushed):]
	s.shown = s.size()
	if s.sum != nil {
		s.sum.hash.Write(text)
	}
	if s.pages != nil {
		s.pages.sum.add(text)
	}
}

func (u *sumUp) writeOut(file *os.File, written int64) {
	if u != nil && written-u.out >= outEvery {
		startWriting(file, u.out, written-u.out)
		u.out = written
	}
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
