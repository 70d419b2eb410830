package run

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
	"sort"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"speckle-runner/internal/jobs/jq"
	"speckle-runner/internal/speckle"
)

// The mark lies some time before the last good run, so that a record which
// appeared late, with an earlier time, is read. What is read once more with it
// is known: a run notes which records it told, and the next one, whose mark it
// is, leaves those out.
//
// A record is known by its id and by what was read of it: one that has changed
// since is news. Sixty-four bits of a hash stand for it: among a million known
// ones, a new record is taken for another once in 18 million million.

const (
	knownVersion = 1
	hashBytes    = 8

	// maxKnown bounds what a run notes: 8 MB.
	maxKnown = 1_000_000
	// maxNewest bounds what is noted of a list that comes newest first: the next
	// run reads no further than some minutes behind this one.
	maxNewest = 50_000
)

// known is what the run at the mark has told: sorted hashes behind a version.
type known []byte

// knownOf reads what the ledger kept; nil is nothing that can be used.
func knownOf(kept []byte) known {
	if len(kept) == 0 || kept[0] != knownVersion || len(kept)%hashBytes != 1 {
		return nil
	}
	return kept
}

func (k known) count() int { return len(k) / hashBytes }

func (k known) has(hash uint64) bool {
	var wanted [hashBytes]byte
	binary.BigEndian.PutUint64(wanted[:], hash)
	at := func(i int) []byte { return k[1+i*hashBytes:][:hashBytes] }
	i := sort.Search(k.count(), func(i int) bool { return bytes.Compare(at(i), wanted[:]) >= 0 })
	return i < k.count() && bytes.Equal(at(i), wanted[:])
}

func (k known) hashes() []uint64 {
	list := make([]uint64, k.count())
	for i := range list {
		list[i] = binary.BigEndian.Uint64(k[1+i*hashBytes:])
	}
	return list
}

// encodeKnown writes hashes for the ledger.
func encodeKnown(hashes []uint64) []byte {
	slices.Sort(hashes)
	hashes = slices.Compact(hashes)
	kept := make([]byte, 1, 1+len(hashes)*hashBytes)
	kept[0] = knownVersion
	for _, hash := range hashes {
		kept = binary.BigEndian.AppendUint64(kept, hash)
	}
	return kept
}

// memory is what one reading knows, and what it notes for the next run.
type memory struct {
	before known // of the run at the mark; nil: nothing comes twice
	list   []byte
	most   int

	noted, stood []uint64 // with those of the page under way; those that stand
	left, kept   int64    // records left out, likewise
	over         bool     // there were more than can be noted
	buf          []byte
}

// remember makes the memory of a reading by the mark. list tells the lists of
// a run apart, because one id may be in several.
func (e *attempt) remember(list []byte, newestFirst bool) *memory {
	if e.Job.Lookback == 0 {
		return nil
	}
	m := &memory{before: e.known, list: list, most: maxKnown + 1}
	if newestFirst {
		m.most = maxNewest
	}
	return m
}

// hash names a record of the list as it was read.
func (m *memory) hash(record []byte) uint64 {
	m.buf = fmt.Appendf(m.buf[:0], "%d:", len(m.list))
	m.buf = append(append(m.buf, m.list...), record...)
	sum := sha256.Sum256(m.buf)
	return binary.BigEndian.Uint64(sum[:])
}

func (m *memory) knows(hash uint64) bool { return m.before.has(hash) }

// note adds a record that is told, or was.
func (m *memory) note(hash uint64) {
	if len(m.noted) < m.most {
		m.noted = append(m.noted, hash)
	}
}

// leave leaves a record out that was told before.
func (m *memory) leave(hash uint64) {
	m.note(hash)
	m.left++
}

// stands makes the page under way stand; forget drops it.
func (m *memory) stands() {
	if m != nil {
		m.stood, m.kept = m.noted, m.left
	}
}

func (m *memory) forget() {
	if m != nil {
		m.noted, m.left = m.noted[:len(m.stood)], m.kept
	}
}

// join adds what a part of the run has noted.
func (m *memory) join(of *memory) {
	if m == nil || of == nil {
		return
	}
	m.left += of.left
	m.over = m.over || of.over || len(m.noted)+len(of.noted) > maxKnown
	if !m.over {
		m.noted = append(m.noted, of.noted...)
	}
}

// lastSuccess is what last_success stands for: some time before the last good run,
// where it is known what that run told.
func (e *attempt) lastSuccess() time.Time {
	if e.known == nil || e.Last.Success.IsZero() {
		return e.Last.Success
	}
	return e.Last.Success.Add(-e.Job.Lookback)
}

// recall takes up what the run at the mark has told. Where that isn't known,
// the mark is that run itself: a record told twice is no better than a late one.
func (e *attempt) recall() {
	if e.Job.Lookback == 0 {
		return
	}
	e.told = &memory{}
	e.known = knownOf(e.Last.Known)
	if e.known == nil && !e.Last.Success.IsZero() {
		e.Log.Info().Msg("what the last good run told isn't known by id: last_success is that run itself, without lookback")
	}
}

// concludeKnown notes for the next run what this one has told.
func (e *attempt) concludeKnown() {
	if e.told == nil {
		return
	}
	if e.told.left > 0 {
		e.Log.Info().Int64("records", e.told.left).Msg("read once more, and left out: they were told before")
	}
	if e.told.over {
		e.result.Known = []byte{}
		e.warn(fmt.Sprintf("more than %d records: they can't all be known by id, so the next run reads from this one on, without lookback", maxKnown))
		return
	}
	e.result.Known = encodeKnown(e.told.noted)
}

// rememberOf makes the memory of the main query, of one list of it; nil where
// it doesn't go by the mark.
func (e *attempt) rememberOf(list []byte) *memory {
	job := e.Job
	if !job.ReadsSince() && (job.Select == nil || !job.Select.Uses("last_success")) {
		return nil
	}
	return e.remember(list, newestFirst(job.Query, job.Until))
}

// rememberItems makes that of the for_each query. Where the main query goes by
// the mark, too, every item has to be asked again: what is new of it is known
// there.
func (e *attempt) rememberItems() *memory {
	each := e.Job.ForEach
	if !each.ReadsSince() || e.Job.ReadsSince() || e.Job.Select != nil && e.Job.Select.Uses("last_success") {
		return nil
	}
	return e.remember([]byte("for_each"), newestFirst(each.Query, each.Until))
}

func newestFirst(q *speckle.Query, until *jq.Program) bool {
	return until != nil && q.Paging != nil && q.Paging.Order != ""
}

// listOf names the list that an item asks for: by its variables, the mark's own
// left out, for another run has another mark.
func (e *attempt) listOf(variables map[string]jsontext.Value) []byte {
	var list []byte
	for _, name := range slices.Sorted(maps.Keys(variables)) {
		if !e.Job.VariableByMark(name) {
			list = fmt.Appendf(list, "%s=%s;", name, variables[name])
		}
	}
	return list
}
