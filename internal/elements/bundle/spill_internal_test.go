package bundle

import (
	"bytes"
	"errors"
	"os"
	"testing"
)

// TestRemoveCloses holds that nothing of the scratch stays open: Windows wouldn't remove it.
func TestRemoveCloses(t *testing.T) {
	room, err := newScratch(t.TempDir(), 0)
	if err != nil {
		t.Fatal(err)
	}
	s, err := newSpill(room, 0, 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := room.remove(); err != nil {
		t.Fatal(err)
	}
	if err := s.file.Close(); !errors.Is(err, os.ErrClosed) {
		t.Errorf("it was open still: %v", err)
	}
}

// A spill holds a block a bucket, however long the texts are that it is given.
func TestLongTextsAreNotHeld(t *testing.T) {
	room, err := newScratch(t.TempDir(), 0)
	if err != nil {
		t.Fatal(err)
	}
	s, err := newSpill(room, 0, maxBuckets, maxBuckets*bucketSize)
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	long := bytes.Repeat([]byte("x"), maxText)
	for key := range uint64(3) {
		for _, record := range [][]byte{[]byte("a"), long, []byte("b")} {
			if err := s.add(key, record); err != nil {
				t.Fatal(err)
			}
		}
	}
	for i, b := range s.buckets {
		if cap(b.block) > blockSize {
			t.Errorf("bucket %d holds %d bytes", i, cap(b.block))
		}
	}
	if err := s.seal(); err != nil {
		t.Fatal(err)
	}
	g := s.read()
	defer g.close()
	for key := range uint64(3) {
		if found, err := g.at(key); err != nil || len(found) != 3 || found[0] != "a" || len(found[1]) != maxText || found[2] != "b" {
			t.Errorf("key %d: %d records, %v", key, len(found), err)
		}
	}
}
