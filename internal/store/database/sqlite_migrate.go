package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// migrate brings the file up to date in one transaction, which also keeps two
// processes that open a new file at once apart.
func (db *sqliteDB) migrate(ctx context.Context, current func(context.Context, Queryer) (bool, error),
	up func(context.Context, Tx) error) error {
	if done, err := current(ctx, dialectReader{sqliteReader{db.writer, nil}, db.d}); err != nil {
		return err
	} else if done {
		db.settle()
		return nil
	}
	t, err := db.writer.BeginTx(ctx, nil)
	if err != nil {
		return db.onlyRead(ctx, current, err)
	}
	defer func() { _ = t.Rollback() }()
	if err := up(ctx, dialectTx{&sqliteTx{t, nil}, db.d}); err != nil {
		return err
	}
	if err := t.Commit(); err != nil {
		return err
	}
	db.settle()
	return nil
}

// onlyRead opens a file anew that may not be written, where that is enough and nobody is
// at work on it: SQLite's log and its index lie beside it then, and it couldn't be read
// without writing to these.
func (db *sqliteDB) onlyRead(ctx context.Context, current func(context.Context, Queryer) (bool, error), refused error) error {
	failed, ok := errors.AsType[*sqlite.Error](refused)
	if !ok || !db.mayOnlyRead || there(db.file+"-wal") || there(db.file+"-shm") {
		return refused
	}
	if code := failed.Code() & 0xff; code != sqlite3.SQLITE_READONLY && code != sqlite3.SQLITE_CANTOPEN {
		return refused
	}
	uri := url.URL{Scheme: "file", Opaque: (&url.URL{Path: filepath.ToSlash(db.file)}).EscapedPath(), RawQuery: "mode=ro&immutable=1"}
	reads, err := sql.Open("sqlite", uri.String())
	if err != nil {
		return err
	}
	_ = db.writer.Close()
	_ = db.reads.Close()
	reads.SetMaxOpenConns(1)
	db.writer, db.reads = reads, reads
	db.toRead, db.toWrite = newStatements(reads), newStatements(reads)
	if done, err := current(ctx, dialectReader{sqliteReader{reads, nil}, db.d}); err != nil || done {
		return err
	}
	return fmt.Errorf("%w; and it isn't of this version of runner, or isn't a ledger: copy it to a place where it may be written", refused)
}

func there(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}
