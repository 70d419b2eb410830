package database

import "errors"

var (
	// ErrLocked says that another serve owns the SQLite file.
	ErrLocked = errors.New("another `runner serve` uses this SQLite file; for several nodes give all of them the same --database postgres://…")
	// ErrFull says that the disk or the database has no room left.
	ErrFull = errors.New("the disk that holds the database is full")
	// ErrDisplaced says that the SQLite file isn't the one that this process has
	// open: what it would write, nobody would ever read.
	ErrDisplaced = errors.New("the file was removed or replaced while it was open: nothing more is written or published; start again")
)
