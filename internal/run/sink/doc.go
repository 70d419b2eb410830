// Package sink takes the records of a reading, page by page, into a spool: without those
// that an earlier run gave, and through until and select. Pages that are read again leave
// nothing behind.
//
// Data goes in as a record and comes out as a line of the spool. The package
// never asks a server for anything and never decides whether a reading is whole.
package sink
