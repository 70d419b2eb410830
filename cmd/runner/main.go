// Command runner executes Speckle queries on a schedule. This package holds
// one file per command, the wiring between the rooms below it, and the exit
// codes. It never talks to a server or writes an export itself.
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"
)

// version is set by the linker; without it the build information is asked.
var version string

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := execute(ctx, os.Args[1:], streams{out: os.Stdout, err: os.Stderr})
	stop()
	os.Exit(code)
}

// streams are where a command writes: results to out, everything else to err.
type streams struct{ out, err io.Writer }
