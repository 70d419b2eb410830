package speckle

import (
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
)

// seen is the set of ids that were delivered. It keeps 62 bits of a hash of each: 14 of them
// choose a shard, and the shard holds the others in six bytes. Among a million ids, two have
// the same bits by chance once in nine million runs. The set never moves what it holds, so
// it leaves no garbage as it grows.
type seen struct {
	seed    maphash.Seed
	few     map[uint64]struct{} // nil once there are more
	newest  []uint32            // of each shard: the chunk that is being filled, from 1
	filled  []uint8             // entries in it
	slabs   [][]byte
	chunks  uint32
	pending map[uint64]struct{} // ids of the page under way
}

func newSeen() *seen {
	return &seen{seed: maphash.MakeSeed(), few: map[uint64]struct{}{}, pending: map[uint64]struct{}{}}
}

// add notes an id of the page under way and reports whether it is new.
func (s *seen) add(id []byte) bool {
	h := maphash.Bytes(s.seed, id) >> 2
	if _, ok := s.pending[h]; ok || s.has(h) {
		return false
	}
	s.pending[h] = struct{}{}
	return true
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
	for h := range s.pending {
		if s.few != nil {
			s.few[h] = struct{}{}
		} else {
			s.insert(h)
		}
	}
	clear(s.pending)
}

// forget drops them: the page will be read again.
func (s *seen) forget() { clear(s.pending) }

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
