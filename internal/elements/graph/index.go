package graph

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"slices"
)

// key is an object's id in 16 bytes: the hash that it is, or a hash of it.
type key [16]byte

func keyOf(id []byte) (k key) {
	if len(id) == hex.EncodedLen(len(k)) {
		if _, err := hex.Decode(k[:], id); err == nil && bytes.Equal(bytes.ToLower(id), id) {
			return k
		}
	}
	sum := sha256.Sum256(id)
	copy(k[:], sum[:])
	return k
}

// index knows the place in the closure and in the file of every object.
type index struct {
	keys    []key   // in the order of the closure, the root's first
	sorted  []int32 // places, by key
	offsets []int64 // of the objects' JSON, by place; 0: not there
	sizes   []int32
}

// maxObjects is how many objects a graph may have.
const maxObjects = math.MaxInt32

func (x *index) sort() error {
	if len(x.keys) > maxObjects {
		return &Error{File: "root", What: fmt.Sprintf("its closure names more than %d objects", maxObjects)}
	}
	x.sorted = make([]int32, len(x.keys))
	for i := range x.sorted {
		x.sorted[i] = int32(i)
	}
	slices.SortFunc(x.sorted, func(a, b int32) int { return bytes.Compare(x.keys[a][:], x.keys[b][:]) })
	for i := 1; i < len(x.sorted); i++ {
		if a, b := x.keys[x.sorted[i-1]], x.keys[x.sorted[i]]; a == b {
			return &Error{File: "root", What: "its closure names object " + hex.EncodeToString(a[:]) + " twice"}
		}
	}
	x.offsets, x.sizes = make([]int64, len(x.keys)), make([]int32, len(x.keys))
	return nil
}

// place finds an object.
func (x *index) place(k key) (int32, bool) {
	at, found := slices.BinarySearchFunc(x.sorted, k, func(place int32, k key) int { return bytes.Compare(x.keys[place][:], k[:]) })
	if !found {
		return 0, false
	}
	return x.sorted[at], true
}

// found notes where a line's object is.
func (x *index) found(id []byte, l *lines) (int32, error) {
	place, known := x.place(keyOf(id))
	switch {
	case !known:
		return 0, l.wrong("object " + shown(id) + " is none that the root's closure names")
	case x.offsets[place] != 0:
		return 0, l.wrong("object " + shown(id) + " is there twice")
	}
	x.offsets[place] = l.offset
	x.sizes[place] = int32(l.after - l.offset - 1) //nolint:gosec // below maxLine
	return place, nil
}

// whole says what is missing.
func (x *index) whole() error {
	there, first := 0, -1
	for place, offset := range x.offsets {
		if offset != 0 {
			there++
		} else if first < 0 {
			first = place
		}
	}
	if first < 0 {
		return nil
	}
	return &Error{File: "objects", What: fmt.Sprintf("%d of %d objects are there: %s is missing", there, len(x.keys),
		hex.EncodeToString(x.keys[first][:]))}
}

// hasParts refuses an object with a part that the closure lacks: it would be
// missing among the elements.
func (x *index) hasParts(o *object, id []byte, l *lines) error {
	return list(o.elements, func(one []byte) error {
		part := referenceIn(one)
		if part == "" {
			return nil
		}
		if _, there := x.place(keyOf([]byte(part))); !there {
			return l.wrong("object " + shown(id) + " has the part " + shown([]byte(part)) + ", which the root's closure lacks: " + incomplete)
		}
		return nil
	})
}
