package database

import (
	"context"
	"database/sql"
	"database/sql/driver"
)

// unflushedTx is a transaction whose commit isn't brought to the disk by itself. SQLite's log keeps the order of
// commits: it is on the disk with the next one that is flushed, and never before an earlier one.
type unflushedTx struct {
	sqliteTx

	conn *sql.Conn // the writer; nil once it was given back
}

func (db *sqliteDB) BeginUnflushed(ctx context.Context) (Tx, error) {
	if err := db.place.check(); err != nil {
		return nil, err
	}
	db.toWrite.prepare(ctx)
	conn, err := db.writer.Conn(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := conn.ExecContext(ctx, "PRAGMA synchronous = NORMAL"); err != nil {
		flushAgain(conn)
		return nil, err
	}
	t, err := conn.BeginTx(ctx, nil)
	if err != nil {
		flushAgain(conn)
		return nil, err
	}
	return &unflushedTx{sqliteTx{t, db.toWrite}, conn}, nil
}

// Unwrap gives the transaction for the queue, whose statements are the driver's.
func (t *unflushedTx) Unwrap() Tx { return &t.sqliteTx }

func (t *unflushedTx) Commit(ctx context.Context) error {
	defer t.end()
	return t.sqliteTx.Commit(ctx)
}

func (t *unflushedTx) Rollback() {
	t.sqliteTx.Rollback()
	t.end()
}

func (t *unflushedTx) end() {
	if t.conn != nil {
		flushAgain(t.conn)
		t.conn = nil
	}
}

// flushAgain gives the writer back to transactions that are flushed. One that can't be set so, as within a transaction
// that is still being rolled back, is closed: the next opens a connection of its own.
func flushAgain(conn *sql.Conn) {
	if _, err := conn.ExecContext(context.Background(), "PRAGMA synchronous = FULL"); err != nil {
		_ = conn.Raw(func(any) error { return driver.ErrBadConn })
	}
	_ = conn.Close() // it goes back to the pool
}
