//go:build !nopostgres && !demo

package database

import (
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Postgres gives the pool, nil for a SQLite file.
func (db *DB) Postgres() *pgxpool.Pool {
	if db.postgres == nil {
		return nil
	}
	return db.postgres.pool
}

// PG gives the driver's own transaction of a PostgreSQL server.
func PG(t Tx) pgx.Tx { return bottom(t).(*postgresTx).tx }
