package diff

import (
	"cmp"
	"encoding/binary"

	"github.com/go-json-experiment/json/jsontext"

	"speckle-runner/internal/output/record"
	"speckle-runner/internal/said"
)

// snapshotEntry is one record as it lies in a snapshot.
type snapshotEntry struct {
	id   []byte // 's' or 'n' and the text of a string or a number
	name []byte // empty: the id
	rest []byte // numbers of fields with their hashes
}

// shown gives the record as messages name it.
func (e snapshotEntry) shown() Record {
	id := jsontext.Value(string(e.id[1:]))
	if e.id[0] == 's' {
		id = record.AppendText(nil, string(e.id[1:]))
	}
	name := string(e.name)
	if name == "" {
		name = said.LineWithin(string(e.id[1:]), maxNameBytes)
	}
	return Record{ID: id, Name: name}
}

func (e snapshotEntry) hashes(take func(field int, hash uint64)) {
	count, at := binary.Uvarint(e.rest)
	for range count {
		field, width := binary.Uvarint(e.rest[at:])
		at += width
		take(int(field), hashAt(e.rest[at:])) //nolint:gosec // a field is one of few
		at += hashBytes
	}
}

// hashesLength gives how far a record's hashes go.
func hashesLength(rest []byte) int {
	count, at := binary.Uvarint(rest)
	for range count {
		_, width := binary.Uvarint(rest[at:])
		at += width + hashBytes
	}
	return at
}

// Bounds on what is kept of a record beside its hashes.
const (
	maxIDBytes   = 200
	maxNameBytes = 120
)

// hashBytes is how much of a hash is kept: of 10^12 changed values one might
// be missed once in 300 times.
const hashBytes = 6

func appendHash(to []byte, hash uint64) []byte {
	return binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint16(to, uint16(hash>>32)), uint32(hash)) //nolint:gosec // in two
}

func hashAt(text []byte) uint64 {
	return uint64(binary.BigEndian.Uint16(text))<<32 | uint64(binary.BigEndian.Uint32(text[2:]))
}

func cutBytes(from []byte) (text, rest []byte) {
	n, width := binary.Uvarint(from)
	from = from[width:]
	return from[:n], from[n:]
}

func compareIDs(a, b []byte) int { return cmp.Compare(string(a), string(b)) }

func appendBytes(to, text []byte) []byte {
	return append(binary.AppendUvarint(to, uint64(len(text))), text...)
}
