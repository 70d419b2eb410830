package speckle

import (
	"bytes"
	"encoding/binary"
	"hash/maphash"
)

// Sizes of the set of ids. A chunk is one cache line of memory: ten entries
// and the number of the chunk behind it.
const (
	shardBits  = 14
	entryBytes = 6
	perChunk   = 10
	chunkBytes = perChunk*entryBytes + 4
	slabChunks = 1024

	// fewIDs are kept in a map: most answers have no more, and the table of
	// shards alone takes 80 kB.
	fewIDs = 2000

	// shortID bounds what is kept of an id as it is.
	shortID = 128
)

// seen is the set of ids that were delivered. It keeps 62 bits of a hash of
// each, six bytes apart from which shard it is in: among a million ids, two
// meet by chance once in nine million runs. It never moves what it holds, so
// that it leaves no garbage as it grows.
//
// Long lists mostly come in the order of their ids. One that is above all before
// it is new without a look at them, which lie all over memory.
type seen struct {
	seed    maphash.Seed
	few     map[uint64]struct{} // nil once there are more
	newest  []uint32            // of each shard: the chunk that is being filled, from 1
	filled  []uint8             // entries in it
	slabs   [][]byte
	chunks  uint32
	pending []uint64            // ids of the page under way
	looked  map[uint64]struct{} // the first of them, for a look at them

	highest, stood []byte // the highest short id, and that of whole pages
}

func newSeen() *seen {
	return &seen{seed: maphash.MakeSeed(), few: map[uint64]struct{}{}, looked: map[uint64]struct{}{}}
}

// add notes an id of the page under way and reports whether it is new.
func (s *seen) add(id []byte) bool {
	h := maphash.Bytes(s.seed, id) >> 2
	if len(id) > shortID || bytes.Compare(id, s.highest) <= 0 {
		if s.has(h) || s.isPending(h) {
			return false
		}
	} else {
		s.highest = append(s.highest[:0], id...)
	}
	s.pending = append(s.pending, h)
	return true
}

func (s *seen) isPending(h uint64) bool {
	for _, before := range s.pending[len(s.looked):] {
		s.looked[before] = struct{}{}
	}
	_, is := s.looked[h]
	return is
}

// commit keeps the ids of the page under way.
func (s *seen) commit() {
	if s.few != nil && len(s.few)+len(s.pending) > fewIDs {
		s.newest, s.filled = make([]uint32, 1<<shardBits), make([]uint8, 1<<shardBits)
		for h := range s.few {
			s.insert(h)
		}
		s.few = nil
	}
	for _, h := range s.pending {
		if s.few != nil {
			s.few[h] = struct{}{}
		} else {
			s.insert(h)
		}
	}
	s.stood = append(s.stood[:0], s.highest...)
	s.drop()
}

// forget drops them: the page will be read again.
func (s *seen) forget() {
	s.highest = append(s.highest[:0], s.stood...)
	s.drop()
}

func (s *seen) drop() {
	s.pending = s.pending[:0]
	clear(s.looked)
}

// parts gives the shard of a hash, and what is kept of it there.
func parts(h uint64) (shard int, low uint32, high uint16) {
	return int(h >> 48), uint32(h), uint16(h >> 32) //nolint:gosec // a hash in parts
}

// chunk gives the memory of a chunk.
func (s *seen) chunk(number uint32) []byte {
	number--
	at := int(number%slabChunks) * chunkBytes
	return s.slabs[number/slabChunks][at : at+chunkBytes]
}

func (s *seen) has(h uint64) bool {
	if s.few != nil {
		_, ok := s.few[h]
		return ok
	}
	shard, low, high := parts(h)
	entries := int(s.filled[shard])
	for number := s.newest[shard]; number != 0; entries = perChunk {
		chunk := s.chunk(number)
		for i := 0; i < entries*entryBytes; i += entryBytes {
			if binary.LittleEndian.Uint32(chunk[i:]) == low && binary.LittleEndian.Uint16(chunk[i+4:]) == high {
				return true
			}
		}
		number = binary.LittleEndian.Uint32(chunk[perChunk*entryBytes:])
	}
	return false
}

func (s *seen) insert(h uint64) {
	shard, low, high := parts(h)
	if s.newest[shard] == 0 || s.filled[shard] == perChunk {
		s.extend(shard)
	}
	at := s.chunk(s.newest[shard])[int(s.filled[shard])*entryBytes:]
	binary.LittleEndian.PutUint32(at, low)
	binary.LittleEndian.PutUint16(at[4:], high)
	s.filled[shard]++
}

// extend puts an empty chunk before those of a shard.
func (s *seen) extend(shard int) {
	if int(s.chunks) == len(s.slabs)*slabChunks {
		s.slabs = append(s.slabs, make([]byte, slabChunks*chunkBytes))
	}
	s.chunks++
	binary.LittleEndian.PutUint32(s.chunk(s.chunks)[perChunk*entryBytes:], s.newest[shard])
	s.newest[shard], s.filled[shard] = s.chunks, 0
}
