// Package sink takes what a reading gives, page by page, into a spool: past what
// was told before, through until and select. Pages that are read again leave
// nothing behind.
//
// Data goes in as a record and comes out as a line of the spool. The package
// never asks a server for anything and never decides whether a reading is whole.
package sink
