// Command runner executes Speckle queries on a schedule. This package holds
// one file per command, the wiring between the rooms below it, and the exit
// codes. It never talks to a server or writes an export itself, and what people read of
// an answer is report's.
//
// It has more files than other rooms: a command is one. root lists them, and settings has
// the flags that they share.
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"syscall"
	_ "time/tzdata" // zones also where the system has none, as on Windows and in small images

	"speckle-runner/internal/daemon"
)

// gcPercent makes the heap follow what is in use more closely than Go's 100
// does: exports allocate little, so it costs a hundredth of their time. Until
// the first collection it is firstPercent, which is 6 MB: a short command takes 3
// to 4, ends before it, and starts a tenth faster. GOGC overrides both.
const (
	gcPercent    = 50
	firstPercent = 150
)

func followHeap() {
	if os.Getenv("GOGC") != "" {
		return
	}
	debug.SetGCPercent(firstPercent)
	first := new([4]*int) // the first collection finds it unused
	runtime.AddCleanup(first, func(percent int) { debug.SetGCPercent(percent) }, gcPercent)
}

func main() {
	followHeap()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends at once
	code := daemon.Under(ctx, os.Stderr, func(ctx context.Context, messages io.Writer) int {
		return execute(ctx, os.Args[1:], streams{out: os.Stdout, err: messages})
	})
	stop()
	os.Exit(code)
}
