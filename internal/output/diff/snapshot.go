package diff

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"slices"

	"speckle-runner/internal/output/record"
	"speckle-runner/internal/said"
	"speckle-runner/internal/secret"
)

// Bounds on a snapshot: it stays in memory while a run ends, and in the ledger
// until the next one.
const (
	maxSnapshotRecords = 200_000
	maxSnapshotFields  = 1_000
	maxSnapshotBytes   = 16 << 20 // compressed: a second of writing, in which other runs wait for the ledger
	maxSnapshotMemory  = 96 << 20 // before that
	maxFieldBytes      = 500
)

// SnapshotError says why an export can't be compared record by record. It is
// no fault of the export.
type SnapshotError struct {
	// Unnamed says that the records can't be told apart by id: a job's query
	// or select is like that, or it isn't.
	Unnamed bool
	text    string
}

func (e *SnapshotError) Error() string { return e.text }

func unnamed(record int64, text string) error {
	return &SnapshotError{Unnamed: true, text: fmt.Sprintf("record %d %s", record, text)}
}

// Snapshot is what of an export has to be remembered to tell later what
// changed: of each record its id, a name to show, and a hash of each field.
type Snapshot struct {
	shape  string   // of the query and select that the fields come from
	fields []string // by number
	arena  [][]byte // entries in the order of the export, in blocks that never move
	at     []uint32 // block and place in it where each begins, by id
}

const arenaBlock = 1 << 20

// TakeSnapshot reads an export. Fields to ignore are dotted paths; shape names
// what the records were made by. An export whose records can't be told apart by
// a top-level id, or that is too large, is a *SnapshotError.
func TakeSnapshot(ctx context.Context, r record.Records, ignore []string, shape string) (*Snapshot, error) {
	t := &snapshotTaker{snapshot: &Snapshot{shape: shape}, numbers: map[string]int{}, ignore: map[string][][]string{}}
	for _, field := range ignore {
		path := record.SplitPath(field)
		t.ignore[path[0]] = append(t.ignore[path[0]], path[1:])
	}
	if err := record.EachRecord(ctx, r, t.take); err != nil {
		return nil, err
	}
	return t.snapshot, t.snapshot.sort()
}

// snapshotTaker fills a snapshot.
type snapshotTaker struct {
	snapshot *Snapshot
	numbers  map[string]int // of fields
	ignore   map[string][][]string
	count    int64

	id, scratch, text, entry []byte

	hashes []uint64 // of the record under way, by field; 0: none
	naming [][]byte // the record's text for each of NamingKeys
}

func (t *snapshotTaker) take(s *record.Scanner) error {
	t.count++
	if t.count > maxSnapshotRecords {
		return &SnapshotError{text: fmt.Sprintf("more than %d records", maxSnapshotRecords)}
	}
	if !s.Take('{') {
		return unnamed(t.count, "is no object with an id")
	}
	clear(t.hashes)
	t.id = t.id[:0]
	t.naming = slices.Grow(t.naming[:0], len(record.NamingKeys))[:len(record.NamingKeys)]
	clear(t.naming)
	for first := true; ; first = false {
		quoted, err := s.Member(first)
		if err != nil {
			return err
		}
		if quoted == nil {
			return t.end()
		}
		raw, err := s.Value()
		if err != nil {
			return err
		}
		if err := t.field(record.Unquote(&t.scratch, quoted), raw); err != nil {
			return err
		}
	}
}

// field takes one field; its name is good until the next text is unquoted.
func (t *snapshotTaker) field(name, raw []byte) error {
	for i, key := range record.NamingKeys {
		if string(name) == key {
			t.naming[i] = raw
		}
	}
	if string(name) == "id" {
		return t.identify(raw)
	}
	below := t.ignore[string(name)]
	if slices.ContainsFunc(below, func(path []string) bool { return len(path) == 0 }) {
		return nil
	}
	number, known := t.numbers[string(name)]
	if !known {
		number = len(t.snapshot.fields)
		if number == maxSnapshotFields || len(name) > maxFieldBytes {
			return &SnapshotError{text: fmt.Sprintf("record %d has a field beyond %d, or one with a name of more than %d bytes", t.count,
				maxSnapshotFields, maxFieldBytes)}
		}
		t.numbers[string(name)] = number
		t.snapshot.fields = append(t.snapshot.fields, secret.Mask(string(name)))
		t.hashes = append(t.hashes, 0)
	}
	hash, err := t.hash(raw, below)
	t.hashes[number] = hash
	return err
}

// identify takes a record's id: tokens aren't kept, not even there.
func (t *snapshotTaker) identify(raw []byte) error {
	kind, text := byte('n'), raw
	switch c := raw[0]; {
	case c == '"':
		kind, text = 's', record.Unquote(&t.scratch, raw)
	case c != '-' && (c < '0' || c > '9'):
		return unnamed(t.count, "has an id that is neither text nor a number")
	}
	if len(text) == 0 || len(text) > maxIDBytes {
		return unnamed(t.count, fmt.Sprintf("has an id that is empty or longer than %d bytes", maxIDBytes))
	}
	masked := secret.Mask(string(text))
	if masked != string(text) {
		kind = 's'
	}
	t.id = append(append(t.id[:0], kind), masked...)
	return nil
}

// hash names a value, whatever the order of its keys and its escapes.
func (t *snapshotTaker) hash(raw []byte, ignore [][]string) (uint64, error) {
	if len(ignore) > 0 && (raw[0] == '{' || raw[0] == '[') {
		decoder := json.NewDecoder(bytes.NewReader(raw))
		decoder.UseNumber()
		var value any
		if err := decoder.Decode(&value); err != nil {
			return 0, record.ErrNotJSON
		}
		for _, path := range ignore {
			record.Without(value, path)
		}
		raw, _ = json.Marshal(value) // what was decoded encodes
	}
	var err error
	if t.text, err = appendPlain(t.text[:0], &record.Scanner{Text: raw}, &t.scratch); err != nil {
		return 0, err
	}
	sum := sha256.Sum256(t.text)
	return max(1, hashAt(sum[:])), nil // 0 is a field that isn't there
}

// end adds the record that was read.
func (t *snapshotTaker) end() error {
	if len(t.id) == 0 {
		return unnamed(t.count, "has no id")
	}
	t.entry = appendBytes(appendBytes(t.entry[:0], t.id), []byte(t.name()))
	fields := 0
	for _, hash := range t.hashes {
		fields += int(min(hash, 1))
	}
	t.entry = binary.AppendUvarint(t.entry, uint64(fields))
	for number, hash := range t.hashes {
		if hash != 0 {
			t.entry = appendHash(binary.AppendUvarint(t.entry, uint64(number)), hash)
		}
	}
	return t.snapshot.add(t.entry)
}

// add puts an entry behind the others. None is as long as a block.
func (s *Snapshot) add(entry []byte) error {
	last := len(s.arena) - 1
	if last < 0 || len(s.arena[last])+len(entry) > arenaBlock {
		if last++; last == maxSnapshotMemory/arenaBlock {
			return &SnapshotError{text: fmt.Sprintf("more than %d MiB of ids, names and hashes", maxSnapshotMemory>>20)}
		}
		s.arena = append(s.arena, make([]byte, 0, arenaBlock))
	}
	s.at = append(s.at, uint32(last*arenaBlock+len(s.arena[last]))) //nolint:gosec // an arena is below 4 GiB
	s.arena[last] = append(s.arena[last], entry...)
	return nil
}

// name gives what the record is called, "" when nothing but its id says.
func (t *snapshotTaker) name() string {
	for i, raw := range t.naming {
		if raw == nil || raw[0] != '"' || record.NamingKeys[i] == "id" {
			continue
		}
		if text := said.LineWithin(string(record.Unquote(&t.scratch, raw)), maxNameBytes); text != "" {
			return text
		}
	}
	return ""
}

// sort brings the records in the order of their ids. One that is there twice,
// the same both times, counts once.
func (s *Snapshot) sort() error {
	slices.SortStableFunc(s.at, func(a, b uint32) int { return compareIDs(s.entry(a).id, s.entry(b).id) })
	unique := s.at[:0]
	for _, at := range s.at {
		if len(unique) > 0 {
			last, next := s.entry(unique[len(unique)-1]), s.entry(at)
			if bytes.Equal(last.id, next.id) {
				if !bytes.Equal(last.rest, next.rest) {
					return &SnapshotError{Unnamed: true, text: fmt.Sprintf("the id %s is that of two different records", next.shown().ID)}
				}
				continue
			}
		}
		unique = append(unique, at)
	}
	s.at = unique
	return nil
}

// entry gives the record at a place in the arena.
func (s *Snapshot) entry(at uint32) snapshotEntry {
	id, rest := cutBytes(s.arena[at/arenaBlock][at%arenaBlock:])
	name, rest := cutBytes(rest)
	return snapshotEntry{id, name, rest[:hashesLength(rest)]}
}
