package database

import (
	"context"
	"errors"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

var (
	// ErrLocked says that another serve owns the SQLite file.
	ErrLocked = errors.New("another `runner serve` uses this SQLite file; for several nodes give all of them the same --database postgres://…")
	// ErrFull says that the disk or the database has no room left.
	ErrFull = errors.New("the disk that holds the database is full")
	// ErrBusy says that another process has held the SQLite file for longer than is waited.
	ErrBusy = errors.New("another process holds it: another runner, a backup or copy of the file, or a program that looks into it; " +
		"end that one, or wait for it (a backup by sqlite3's .backup holds nothing up; on a network drive locks may stay: keep the ledger " +
		"on a disk of this machine)")
	// ErrRefused says that the database may not be written, though perhaps read.
	ErrRefused = errors.New("the ledger may not be written here")
	// ErrDisplaced says that the SQLite file isn't the one that this process has
	// open: what it would write, nobody would ever read.
	ErrDisplaced = errors.New("the file was removed or replaced while it was open: nothing more is written or published; start again")
)

// Busy says that a statement waited too long for somebody else who holds the
// database: its own transactions, or another process that has the file open.
func Busy(err error) bool {
	if errors.Is(err, context.DeadlineExceeded) {
		return true
	}
	failed, ok := errors.AsType[*sqlite.Error](err)
	return ok && (failed.Code()&0xff == sqlite3.SQLITE_BUSY || failed.Code()&0xff == sqlite3.SQLITE_LOCKED)
}
