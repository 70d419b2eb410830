package diff

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/klauspost/compress/zstd"
)

// snapshotVersion is the first byte of a snapshot. Another version is read as
// a damaged one: the next run compares with nothing, once.
const snapshotVersion = 1

// snapshotWindow keeps packing and unpacking near 10 MB of memory.
const snapshotWindow = 1 << 20

// Encode gives the snapshot compressed, for a ledger to keep. One that is too
// large is a *SnapshotError.
func (s *Snapshot) Encode() ([]byte, error) {
	var out bytes.Buffer
	to, err := zstd.NewWriter(&out, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(snapshotWindow), zstd.WithLowerEncoderMem(true))
	if err != nil {
		return nil, fmt.Errorf("compress the snapshot: %w", err)
	}
	head := appendBytes([]byte{snapshotVersion}, []byte(s.shape))
	head = binary.AppendUvarint(head, uint64(len(s.fields)))
	for _, field := range s.fields {
		head = appendBytes(head, []byte(field))
	}
	head = binary.AppendUvarint(head, uint64(len(s.at)))
	_, err = to.Write(head)
	for _, at := range s.at {
		if err != nil || out.Len() > maxSnapshotBytes {
			break
		}
		e := s.entry(at)
		head = append(appendBytes(appendBytes(head[:0], e.id), e.name), e.rest...)
		_, err = to.Write(head)
	}
	closed := to.Close()
	if err == nil {
		err = closed
	}
	switch {
	case err != nil:
		return nil, fmt.Errorf("compress the snapshot: %w", err)
	case out.Len() > maxSnapshotBytes:
		return nil, &SnapshotError{text: fmt.Sprintf("more than %d MiB of ids, names and hashes, compressed", maxSnapshotBytes>>20)}
	}
	return out.Bytes(), nil
}

// snapshotReader reads a snapshot that was encoded, record by record. What it
// reads may be anything: it was in a database.
type snapshotReader struct {
	unpack *zstd.Decoder
	in     *bufio.Reader

	shape   string
	fields  []string
	records uint64 // how many there are
	left    uint64
	entry   snapshotEntry // the record under way, until the next
	last    []byte        // its id
	buf     []byte
}

func readSnapshot(encoded []byte) (*snapshotReader, error) {
	unpack, err := zstd.NewReader(bytes.NewReader(encoded),
		zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(2*snapshotWindow))
	if err != nil {
		return nil, damaged(err)
	}
	// Twice what a snapshot can be: a small text may unpack to any size.
	r := &snapshotReader{unpack: unpack, in: bufio.NewReader(io.LimitReader(unpack, 2*maxSnapshotMemory))}
	if err := r.head(); err != nil {
		r.close()
		return nil, damaged(err)
	}
	return r, nil
}

func damaged(err error) error {
	return &SnapshotError{text: fmt.Sprintf("what the ledger kept is damaged: %v", err)}
}

func (r *snapshotReader) close() { r.unpack.Close() }

func (r *snapshotReader) head() error {
	version, err := r.in.ReadByte()
	if err != nil {
		return err
	}
	if version != snapshotVersion {
		return fmt.Errorf("it is of version %d, not %d", version, snapshotVersion)
	}
	shape, err := r.bytes(nil, maxFieldBytes)
	if err != nil {
		return err
	}
	r.shape = string(shape)
	count, err := r.number(maxSnapshotFields)
	if err != nil {
		return err
	}
	for range count {
		name, err := r.bytes(nil, maxFieldBytes)
		if err != nil {
			return err
		}
		r.fields = append(r.fields, string(name))
	}
	r.records, err = r.number(maxSnapshotRecords)
	r.left = r.records
	return err
}

// next reads the next record; false is the end, which has to be the end of the
// text, too: its checksum is behind.
func (r *snapshotReader) next() (bool, error) {
	if r.left == 0 {
		if _, err := r.in.ReadByte(); err != io.EOF {
			return false, damaged(fmt.Errorf("it goes on behind its end: %w", unexpected(err)))
		}
		return false, nil
	}
	r.left--
	if err := r.read(); err != nil {
		return false, damaged(err)
	}
	return true, nil
}

func unexpected(err error) error {
	if err == nil {
		return io.ErrShortBuffer
	}
	return err
}

func (r *snapshotReader) read() error {
	r.last = append(r.last[:0], r.entry.id...)
	buf, err := r.bytes(r.buf[:0], maxIDBytes+1)
	if err != nil {
		return err
	}
	id := len(buf)
	if buf, err = r.bytes(buf, maxNameBytes); err != nil {
		return err
	}
	name := len(buf)
	if buf, err = r.hashes(buf); err != nil {
		return err
	}
	r.buf = buf
	r.entry = snapshotEntry{buf[:id], buf[id:name], buf[name:]}
	if !validID(r.entry.id) || compareIDs(r.last, r.entry.id) >= 0 {
		return fmt.Errorf("an id is none, or not in its place")
	}
	return nil
}

// validID reports whether an id can be shown as the JSON that it was.
func validID(id []byte) bool {
	if len(id) < 2 || id[0] != 's' && id[0] != 'n' {
		return false
	}
	return id[0] == 's' || id[1] <= '9' && jsontext.Value(id[1:]).IsValid()
}

// hashes appends the numbers and hashes of a record's fields, as they are.
func (r *snapshotReader) hashes(to []byte) ([]byte, error) {
	count, err := r.number(uint64(len(r.fields)))
	if err != nil {
		return nil, err
	}
	to = binary.AppendUvarint(to, count)
	for range count {
		field, err := r.number(uint64(len(r.fields)) - 1)
		if err != nil {
			return nil, err
		}
		to = binary.AppendUvarint(to, field)
		if to, err = r.exactly(to, hashBytes); err != nil {
			return nil, err
		}
	}
	return to, nil
}

func (r *snapshotReader) number(most uint64) (uint64, error) {
	n, err := binary.ReadUvarint(r.in)
	if err == nil && n > most {
		err = fmt.Errorf("it says %d where at most %d can be", n, most)
	}
	return n, err
}

// bytes appends a text with its length before it.
func (r *snapshotReader) bytes(to []byte, most uint64) ([]byte, error) {
	n, err := r.number(most)
	if err != nil {
		return nil, err
	}
	return r.exactly(to, int(n)) //nolint:gosec // exactly judges the length
}

func (r *snapshotReader) exactly(to []byte, n int) ([]byte, error) {
	at := len(to)
	for range n {
		to = append(to, 0)
	}
	_, err := io.ReadFull(r.in, to[at:])
	return to, err
}
