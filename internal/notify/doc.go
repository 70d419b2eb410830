// Package notify makes notices and heartbeats of what happens to runs: whom the
// job file wants told of which event, and in which words. It sends nothing and
// remembers nothing: a ledger knows who was told of what, and leaves out what
// nobody needs to hear again.
package notify
