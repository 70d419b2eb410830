package memory

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
)

const (
	// Most bounds what a run notes: 8 MB.
	Most = 1_000_000
	// mostHeld is how much of a record is held behind its page: the memories of hundreds of
	// items may wait for an item before them.
	mostHeld = 64 << 10
	// mostNewest bounds what is noted of a list that comes newest first: the next
	// run reads no further than some minutes behind this one.
	mostNewest = 50_000
)

// Memory is what one reading knows of the last good run, and what it notes for the next
// run. Nil: the reading doesn't go by last_success.
type Memory struct {
	before Known // of the run at the mark; nil: nothing comes twice
	list   []byte
	most   int

	noted, stood []uint64 // with those of the page under way; those that stand
	left, kept   int64    // records left out, likewise
	over         bool     // there were more than can be noted
	buf          []byte
}

// New makes the memory of one reading. list names it among the lists of a run, because one
// id may be in several.
func New(before Known, list []byte, newestFirst bool) *Memory {
	m := &Memory{before: before, list: list, most: Most + 1}
	if newestFirst {
		m.most = mostNewest
	}
	return m
}

// Hash names a record of the list as it was read.
func (m *Memory) Hash(record []byte) uint64 {
	m.buf = fmt.Appendf(m.buf[:0], "%d:", len(m.list))
	m.buf = append(append(m.buf, m.list...), record...)
	sum := sha256.Sum256(m.buf)
	return binary.BigEndian.Uint64(sum[:])
}

// Knows reports whether the last good run gave a record.
func (m *Memory) Knows(hash uint64) bool { return m.before.has(hash) }

// Note adds a record that is given now, or was by the last good run.
func (m *Memory) Note(hash uint64) {
	if len(m.noted) < m.most {
		m.noted = append(m.noted, hash)
	}
}

// Leave counts a record that is left out, because an earlier run gave it.
func (m *Memory) Leave(hash uint64) {
	m.Note(hash)
	m.left++
}

// Stand ends the page under way: what was noted of it counts from now on.
func (m *Memory) Stand() {
	if m == nil {
		return
	}
	m.stood, m.kept = m.noted, m.left
	if cap(m.buf) > mostHeld {
		m.buf = nil
	}
}

// Forget drops the page under way.
func (m *Memory) Forget() {
	if m != nil {
		m.noted, m.left = m.noted[:len(m.stood)], m.kept
	}
}

// Join adds what a part of the run has noted.
func (m *Memory) Join(other *Memory) {
	if m == nil || other == nil {
		return
	}
	m.left += other.left
	m.over = m.over || other.over || len(m.noted)+len(other.noted) > Most
	if !m.over {
		m.noted = append(m.noted, other.noted...)
	}
}

// Restore takes up what an earlier attempt has noted of the same reading, and
// how many records it left out. It reports whether that can be used.
func (m *Memory) Restore(noted []byte, left int64) bool {
	kept := Of(noted)
	if kept != nil {
		m.noted, m.left = kept.hashes(), left
	}
	return kept != nil
}

// Left is how many records were left out, because an earlier run gave them.
func (m *Memory) Left() int64 { return m.left }

// Over reports whether there were more records than can be noted.
func (m *Memory) Over() bool { return m.over }

// Encode gives what was noted, for the ledger.
func (m *Memory) Encode() []byte { return encode(m.noted) }
