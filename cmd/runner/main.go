// Command runner executes Speckle queries on a schedule. This package holds
// one file per command, the wiring between the rooms below it, and the exit
// codes. It never talks to a server or writes an export itself.
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	_ "time/tzdata" // zones also where the system has none, as on Windows and in small images
)

// version is set by the linker; without it the build information is asked.
var version string

// gcPercent makes the heap follow what is in use more closely than Go's 100
// does: exports allocate little, so it costs a hundredth of their time. GOGC
// overrides it.
const gcPercent = 50

func main() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends at once
	code := execute(ctx, os.Args[1:], streams{out: os.Stdout, err: os.Stderr})
	stop()
	os.Exit(code)
}

// streams are where a command writes: results to out, everything else to err.
type streams struct{ out, err io.Writer }
