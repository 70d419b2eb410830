package memory_test

import (
	"bytes"
	"runtime"
	"testing"

	"speckle-runner/internal/run/memory"
)

// The memories of items that wait for an item before them hold none of their records.
func TestNoRecordIsHeld(t *testing.T) { //nolint:paralleltest // it measures what the program holds
	record := bytes.Repeat([]byte("x"), 4<<20)
	before := live()
	memories := make([]*memory.Memory, 20)
	for i := range memories {
		memories[i] = memory.New(nil, []byte("list"), false)
		memories[i].Note(memories[i].Hash(record))
		memories[i].Stand()
	}
	if grown := live() - before; grown > 20<<20 {
		t.Errorf("%d memories of a record of 4 MiB hold %d bytes", len(memories), grown)
	}
	runtime.KeepAlive(memories)
	runtime.KeepAlive(record)
}

// live is how many bytes the program holds.
func live() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
