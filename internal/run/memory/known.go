package memory

import (
	"bytes"
	"encoding/binary"
	"slices"
	"sort"
)

const (
	version   = 1
	hashBytes = 8
)

// Known is what the last good run gave: sorted hashes, behind the version of this form.
// Nil: it isn't known.
type Known []byte

// Of reads what the ledger kept; nil is nothing that can be used.
func Of(kept []byte) Known {
	if len(kept) == 0 || kept[0] != version || len(kept)%hashBytes != 1 {
		return nil
	}
	return kept
}

func (k Known) count() int { return len(k) / hashBytes }

func (k Known) has(hash uint64) bool {
	var wanted [hashBytes]byte
	binary.BigEndian.PutUint64(wanted[:], hash)
	at := func(i int) []byte { return k[1+i*hashBytes:][:hashBytes] }
	i := sort.Search(k.count(), func(i int) bool { return bytes.Compare(at(i), wanted[:]) >= 0 })
	return i < k.count() && bytes.Equal(at(i), wanted[:])
}

func (k Known) hashes() []uint64 {
	list := make([]uint64, k.count())
	for i := range list {
		list[i] = binary.BigEndian.Uint64(k[1+i*hashBytes:])
	}
	return list
}

// encode writes hashes for the ledger.
func encode(hashes []uint64) []byte {
	hashes = slices.Clone(hashes)
	slices.Sort(hashes)
	hashes = slices.Compact(hashes)
	kept := make([]byte, 1, 1+len(hashes)*hashBytes)
	kept[0] = version
	for _, hash := range hashes {
		kept = binary.BigEndian.AppendUint64(kept, hash)
	}
	return kept
}
