package speckle

import (
	"encoding/binary"
	"fmt"
	"maps"
	"math/rand/v2"
	"strings"
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

// TestSeenKnowsIDsInAnyOrder adds ids that rise, fall, come again, are long, and of
// pages that are read again, and holds the answers against a plain set.
func TestSeenKnowsIDsInAnyOrder(t *testing.T) {
	dice := rand.New(rand.NewPCG(1, 2))
	id := func(n int) string { return fmt.Sprintf("%06d%s", n, strings.Repeat("-", n%5*40)) }
	s, stands := newSeen(), map[string]bool{}
	next := 0
	for range 400 {
		page := map[string]bool{}
		for range 50 {
			n := next
			if next++; dice.IntN(4) == 0 {
				n = dice.IntN(next + 10)
			}
			fresh := !stands[id(n)] && !page[id(n)]
			if got := s.add([]byte(id(n))); got != fresh {
				t.Fatalf("%s of %d is new: %v, and said to be %v", id(n), next, fresh, got)
			}
			page[id(n)] = true
		}
		if dice.IntN(5) == 0 {
			s.forget()
			continue
		}
		s.commit()
		maps.Copy(stands, page)
	}
	for id := range stands {
		if !s.holds([]byte(id)) {
			t.Fatalf("%s isn't held", id)
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
