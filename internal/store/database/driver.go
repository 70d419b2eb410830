package database

import "database/sql"

// The queue runs on the drivers' own pools and transactions.

// SQLite gives the pool that writes, nil for a PostgreSQL server.
func (db *DB) SQLite() *sql.DB {
	if db.sqlite == nil {
		return nil
	}
	return db.sqlite.writer
}

// SQL gives the driver's own transaction of a SQLite file.
func SQL(t Tx) *sql.Tx { return bottom(t).(*sqliteTx).tx }

func bottom(t Tx) Tx {
	for {
		above, ok := t.(interface{ Unwrap() Tx })
		if !ok {
			return t
		}
		t = above.Unwrap()
	}
}
