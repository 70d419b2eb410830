package speckle

import (
	"hash/maphash"
	"math/bits"
)

// shards of the set of ids: each grows by itself, so that growing needs memory
// for a small part only.
const shards = 128

// seen is the set of ids that were delivered. It keeps a 64-bit hash of each:
// among a million ids, two meet by chance once in 30 million runs.
type seen struct {
	seed    maphash.Seed
	tables  [shards]table
	pending map[uint64]struct{} // ids of the page under way
}

// table is an open-addressed hash table; 0 is an empty slot.
type table struct {
	slots []uint64
	used  int
}

func newSeen() *seen { return &seen{seed: maphash.MakeSeed(), pending: map[uint64]struct{}{}} }

// add notes an id of the page under way and reports whether it is new.
func (s *seen) add(id []byte) bool {
	h := max(maphash.Bytes(s.seed, id), 1)
	if _, ok := s.pending[h]; ok || s.tables[h%shards].has(h) {
		return false
	}
	s.pending[h] = struct{}{}
	return true
}

// commit keeps the ids of the page under way.
func (s *seen) commit() {
	for h := range s.pending {
		s.tables[h%shards].insert(h, int(h%shards))
	}
	clear(s.pending)
}

// forget drops them: the page will be read again.
func (s *seen) forget() { clear(s.pending) }

// slot maps a hash to its place, for tables of any size.
func (t *table) slot(h uint64) int {
	high, _ := bits.Mul64(h, uint64(len(t.slots)))
	return int(high)
}

func (t *table) has(h uint64) bool {
	if len(t.slots) == 0 {
		return false
	}
	for i := t.slot(h); ; i++ {
		if i == len(t.slots) {
			i = 0
		}
		if t.slots[i] == h {
			return true
		}
		if t.slots[i] == 0 {
			return false
		}
	}
}

func (t *table) insert(h uint64, shard int) {
	if t.used >= len(t.slots)*17/20 {
		t.grow(shard)
	}
	t.put(h)
	t.used++
}

func (t *table) put(h uint64) {
	i := t.slot(h)
	for t.slots[i] != 0 {
		if i++; i == len(t.slots) {
			i = 0
		}
	}
	t.slots[i] = h
}

// grow makes a table a quarter larger. Tables begin with different sizes, so
// that they don't all grow within the same few records.
func (t *table) grow(shard int) {
	old := t.slots
	size := len(old) + len(old)/4
	if size == 0 {
		size = 32 + shard/16
	}
	t.slots = make([]uint64, size)
	for _, h := range old {
		if h != 0 {
			t.put(h)
		}
	}
}
