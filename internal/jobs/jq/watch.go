package jq

import (
	"context"
	"fmt"
	"runtime"
	"runtime/metrics"
	"time"
)

const (
	// lookEvery is after how many of gojq's steps the context is looked at: a
	// short program never does, a step takes some 20 ns.
	lookEvery = 64
	// measureEvery is how long a program runs between two looks at the memory.
	measureEvery = time.Millisecond
	// maxMemory is by how much the process may grow while one program runs on
	// one input. Whole exports need less than a tenth of it.
	maxMemory = 512 << 20
)

// watch is the context that gojq gets. gojq asks it before every step whether
// it is done, which makes it the one place to stop a program from: when the
// run's own context has ended, and when the program eats up the memory, as
// [range(1e9)] and endless recursion do long before any deadline.
type watch struct {
	context.Context

	steps    uint
	measured time.Time
	base     uint64
	ended    error
}

var closed = func() chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}()

// Done gives nil, which is never ready, for as long as the program may go on.
// It is called by the one goroutine that runs the program.
func (w *watch) Done() <-chan struct{} {
	w.steps++
	if w.steps%lookEvery != 0 {
		return nil
	}
	return w.look()
}

// Err says why the program was stopped.
func (w *watch) Err() error { return w.ended }

func (w *watch) look() <-chan struct{} {
	if w.ended == nil {
		if err := w.Context.Err(); err != nil {
			w.ended = stopped(err)
		} else if now := time.Now(); w.measured.IsZero() {
			w.measured = now
		} else if now.Sub(w.measured) >= measureEvery {
			w.measured = now
			w.measure()
		}
	}
	if w.ended != nil {
		return closed
	}
	return nil
}

// measure looks at the whole process, because Go doesn't tell what a goroutine
// holds. Other goroutines of this program need little beside maxMemory.
func (w *watch) measure() {
	switch held := heap(); {
	case w.base == 0:
		w.base = held
	case held > w.base+maxMemory:
		runtime.GC() // what is garbage already is not the program's fault
		held = heap()
		if held > w.base+maxMemory {
			w.ended = fmt.Errorf("the program was stopped: it took more than %d MiB of memory for one record", maxMemory>>20)
		}
	default:
		w.base = min(w.base, held)
	}
}

func heap() uint64 {
	sample := [1]metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample[:])
	return sample[0].Value.Uint64()
}
