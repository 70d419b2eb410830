package bundle

import (
	"encoding/binary"
	"fmt"
	"os"
)

// Bounds that keep memory flat: a spill holds a block a bucket while it is
// written, and one bucket while it is read.
const (
	blockSize  = 16 << 10
	maxBuckets = 256
	bucketSize = 4 << 20 // what a bucket should have
	maxBucket  = 8 << 20 // a larger one is split again before it is read
)

// spill brings records of the same key together: they are added in any order and
// read in the order of keys, those of one key in the order of adding.
type spill struct {
	room    *scratch
	file    *os.File
	low     uint64 // the keys are low ≤ key < high
	high    uint64
	width   uint64 // keys of a bucket
	buckets []bucket
	end     int64 // of the file
}

// bucket is what is there of a range of keys: blocks in the file, the last in memory.
type bucket struct {
	block  []byte
	blocks []extent
	size   int64
}

// extent is a piece of a file.
type extent struct {
	at   int64
	size int
}

// newSpill makes a spill for keys low ≤ key < high and about so many bytes.
func newSpill(room *scratch, low, high uint64, bytes int64) (*spill, error) {
	file, err := room.create()
	if err != nil {
		return nil, err
	}
	high = max(high, low+1)
	buckets := min(uint64(bytes/bucketSize)+1, maxBuckets, high-low) //nolint:gosec // bytes is a count
	width := (high - low + buckets - 1) / buckets
	return &spill{room: room, file: file, low: low, high: high, width: width, buckets: make([]bucket, buckets)}, nil
}

// add adds a record.
func (s *spill) add(key uint64, record []byte) error {
	b := &s.buckets[(key-s.low)/s.width]
	if len(b.block)+len(record)+2*binary.MaxVarintLen64 > blockSize {
		if err := s.flush(b); err != nil {
			return err
		}
	}
	if b.block == nil {
		b.block = make([]byte, 0, blockSize)
	}
	b.block = binary.AppendUvarint(b.block, key)
	b.block = binary.AppendUvarint(b.block, uint64(len(record)))
	b.block = append(b.block, record...)
	if len(b.block) > blockSize { // a long text alone: each bucket may get one
		return s.flush(b)
	}
	return nil
}

func (s *spill) flush(b *bucket) error {
	if len(b.block) == 0 {
		return nil
	}
	if err := s.room.take(len(b.block)); err != nil {
		return err
	}
	if _, err := s.file.WriteAt(b.block, s.end); err != nil {
		return fmt.Errorf("write what was read of a bundle: %w", err)
	}
	b.blocks = append(b.blocks, extent{at: s.end, size: len(b.block)})
	b.size += int64(len(b.block))
	s.end += int64(len(b.block))
	if b.block = b.block[:0]; cap(b.block) > blockSize {
		b.block = nil
	}
	return nil
}

// seal writes what is left in memory and lets go of it.
func (s *spill) seal() error {
	for i := range s.buckets {
		if err := s.flush(&s.buckets[i]); err != nil {
			return err
		}
		s.buckets[i].block = nil
	}
	return nil
}

// close gives the space back.
func (s *spill) close() error {
	s.room.left += s.end
	name := s.file.Name()
	if err := s.file.Close(); err != nil {
		return err
	}
	return os.Remove(name)
}

// block reads a block of the file.
func (s *spill) block(e extent, buf []byte) ([]byte, error) {
	if cap(buf) < e.size {
		buf = make([]byte, e.size)
	}
	buf = buf[:e.size]
	if _, err := s.file.ReadAt(buf, e.at); err != nil {
		return nil, fmt.Errorf("read again what was read of a bundle: %w", err)
	}
	return buf, nil
}
