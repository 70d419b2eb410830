package main

import (
	"strconv"

	"github.com/rogpeppe/go-internal/testscript"
)

// batches on|off: the server takes arrays of operations, or refuses them.
func takeBatches(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 || args[0] != "on" && args[0] != "off" {
		ts.Fatalf("usage: batches on|off")
	}
	worldOf(ts).server.TakeBatches(args[0] == "on")
}

// entries N: the server was asked for so many operations since the last count of
// requests, those of batches one by one.
func countEntries(ts *testscript.TestScript, neg bool, args []string) {
	got := len(worldOf(ts).server.Requests())
	if want, err := strconv.Atoi(args[0]); err != nil || (got == want) == neg {
		ts.Fatalf("the server was asked for %d operations", got)
	}
}
