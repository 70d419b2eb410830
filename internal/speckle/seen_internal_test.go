package speckle

import (
	"encoding/binary"
	"fmt"
	"testing"
)

func TestSeenForgetsWhatDoesntStand(t *testing.T) {
	s := newSeen()
	id := func(n int) []byte { return []byte(fmt.Sprint(n)) }
	for n := range 1000 {
		if !s.add(id(n)) || s.add(id(n)) {
			t.Fatalf("%d", n)
		}
	}
	s.forget()
	for n := range 1000 {
		if !s.add(id(n)) {
			t.Fatalf("%d isn't forgotten", n)
		}
	}
	s.commit()
	s.forget()
	for n := range 2000 {
		if s.add(id(n)) != (n >= 1000) {
			t.Fatalf("%d", n)
		}
	}
}

// TestSeenIsSmall adds a quarter of a million ids: 9 bytes each are 11 MB for
// the 1.25 million records of a gigabyte.
func TestSeenIsSmall(t *testing.T) {
	const pages, perPage = 250, 1000
	s := newSeen()
	id := func(n int) []byte { return binary.BigEndian.AppendUint64(nil, uint64(n)) }
	for page := range pages {
		for i := range perPage {
			if !s.add(id(page*perPage + i)) {
				t.Fatal("a new id is taken for a known one")
			}
		}
		s.commit()
	}
	if each := float64(len(s.slabs)*slabChunks*chunkBytes+5<<shardBits) / (pages * perPage); each > 9 {
		t.Errorf("%.1f bytes an id", each)
	}
	for n := range pages * perPage {
		if s.add(id(n)) {
			t.Fatal("a known id is taken for a new one")
		}
	}
}
