package queue

import (
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/rs/zerolog"

	"speckle-runner/internal/store/database"
)

// New makes the queue of a database.
func New(db *database.DB, log zerolog.Logger) (*Queue, error) {
	q := &Queue{db: db, log: newLog(log), waking: newWakes(), known: map[string]bool{}, Counted: func(int) {}}
	q.timers = newTimers(q.Wake)
	var err error
	if db.File() {
		on, failed := newRiver(riversqlite.New(db.SQLite()), database.SQL, q)
		q.river, err = riverOnFile{on}, failed
	} else {
		q.river, err = onPostgres(q)
	}
	return q, err
}
