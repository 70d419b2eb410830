//go:build !nopostgres && !demo

package queue

import (
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"speckle-runner/internal/store/database"
)

// onPostgres is River on a PostgreSQL server.
func onPostgres(q *Queue) (engine, error) {
	return newRiver(riverpgxv5.New(q.db.Postgres()), database.PG, q)
}
