// Command runner executes Speckle queries on a schedule. This package holds the
// commands, their flags and exit codes, and the wiring between the rooms below it. It
// never talks to a server or writes an export itself; internal/report words the answers.
//
// It has more files than other rooms: each command has its own. root lists them, and
// settings holds the flags that they share.
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

// gcPercent keeps the heap smaller than Go's default of 100 does. Exports allocate little,
// so that costs a hundredth of their time. Until the first collection it is firstPercent,
// which is 6 MB: short commands take 3 to 4, end before that, and start a tenth faster. GOGC
// overrides both.
const (
	gcPercent    = 50
	firstPercent = 150
)

func followHeap() {
	if os.Getenv("GOGC") != "" {
		return
	}
	debug.SetGCPercent(firstPercent)
	first := new([4]*int) // never used: the first collection frees it and calls the cleanup
	runtime.AddCleanup(first, func(percent int) { debug.SetGCPercent(percent) }, gcPercent)
}

func main() {
	followHeap()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // so that a second signal ends the process at once
	code := daemon.Under(ctx, os.Stderr, func(ctx context.Context, messages io.Writer) int {
		return execute(ctx, os.Args[1:], streams{out: os.Stdout, err: messages})
	})
	stop()
	os.Exit(code)
}
