// Package notify makes notices and heartbeats about what happens to runs: which
// receiver of the job file gets a message about which event, and in which words. It
// sends nothing and remembers nothing: the ledger knows who was told of what, and
// leaves out what nobody needs to hear again.
package notify
