package memory

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
)

const (
	// Most bounds what a run notes: 8 MB.
	Most = 1_000_000
	// mostNewest bounds what is noted of a list that comes newest first: the next
	// run reads no further than some minutes behind this one.
	mostNewest = 50_000
)

// Memory is what one reading knows, and what it notes for the next run. Nil is
// that of a reading that doesn't go by the mark.
type Memory struct {
	before Known // of the run at the mark; nil: nothing comes twice
	list   []byte
	most   int

	noted, stood []uint64 // with those of the page under way; those that stand
	left, kept   int64    // records left out, likewise
	over         bool     // there were more than can be noted
	buf          []byte
}

// New makes the memory of one reading. list tells the lists of a run apart,
// because one id may be in several.
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

// Knows reports whether the run at the mark has told a record.
func (m *Memory) Knows(hash uint64) bool { return m.before.has(hash) }

// Note adds a record that is told, or was.
func (m *Memory) Note(hash uint64) {
	if len(m.noted) < m.most {
		m.noted = append(m.noted, hash)
	}
}

// Leave leaves a record out that was told before.
func (m *Memory) Leave(hash uint64) {
	m.Note(hash)
	m.left++
}

// Stand makes the page under way stand.
func (m *Memory) Stand() {
	if m != nil {
		m.stood, m.kept = m.noted, m.left
	}
}

// Forget drops the page under way.
func (m *Memory) Forget() {
	if m != nil {
		m.noted, m.left = m.noted[:len(m.stood)], m.kept
	}
}

// Join adds what a part of the run has noted.
func (m *Memory) Join(of *Memory) {
	if m == nil || of == nil {
		return
	}
	m.left += of.left
	m.over = m.over || of.over || len(m.noted)+len(of.noted) > Most
	if !m.over {
		m.noted = append(m.noted, of.noted...)
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

// Left is how many records were told before, and left out.
func (m *Memory) Left() int64 { return m.left }

// Over reports whether there were more records than can be noted.
func (m *Memory) Over() bool { return m.over }

// Encode gives what was noted, for the ledger.
func (m *Memory) Encode() []byte { return encode(m.noted) }
