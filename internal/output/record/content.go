package record

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/bits"
)

// Content names what records hold: two exports of the same records have the
// same name, whatever their order, the order of their keys and the ignored
// fields, which are dotted paths. A record that is there twice counts twice.
func Content(ctx context.Context, r Records, ignore []string) (string, error) {
	paths := make([][]string, len(ignore))
	for i, field := range ignore {
		paths[i] = SplitPath(field)
	}
	var sum [4]uint64
	count := int64(0)
	for line, err := range r.Lines(ctx) {
		if err != nil {
			return "", err
		}
		hash, err := contentOf(line, paths)
		if err != nil {
			return "", fmt.Errorf("compare record %d: %w", count+1, err)
		}
		add(&sum, hash)
		count++
	}
	text := binary.BigEndian.AppendUint64(nil, uint64(count))
	for _, word := range sum {
		text = binary.BigEndian.AppendUint64(text, word)
	}
	name := sha256.Sum256(text)
	return hex.EncodeToString(name[:]), nil
}

// contentOf hashes one record. encoding/json sorts keys, and numbers keep
// their digits.
func contentOf(line []byte, ignore [][]string) ([sha256.Size]byte, error) {
	decoder := json.NewDecoder(bytes.NewReader(line))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return [sha256.Size]byte{}, err
	}
	for _, path := range ignore {
		Without(value, path)
	}
	text, err := json.Marshal(value)
	return sha256.Sum256(text), err
}

// Without removes what a path leads to, in each element of lists on its way.
func Without(value any, path []string) {
	switch v := value.(type) {
	case []any:
		for _, element := range v {
			Without(element, path)
		}
	case map[string]any:
		if len(path) == 1 {
			delete(v, path[0])
			return
		}
		Without(v[path[0]], path[1:])
	}
}

// add sums hashes, so that their order doesn't matter and pairs don't cancel
// each other out.
func add(sum *[4]uint64, hash [sha256.Size]byte) {
	carry := uint64(0)
	for i := 3; i >= 0; i-- {
		sum[i], carry = bits.Add64(sum[i], binary.BigEndian.Uint64(hash[8*i:]), carry)
	}
}
