package queue

import (
	"context"
	"fmt"
	"hash/fnv"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/rs/zerolog"

	"speckle-runner/internal/store/database"
)

// Version is the newest of River's own migrations that this build knows; a test
// fails when an update of River brings another.
const Version = 8

// Queue is River on an open database. It is safe for use by several goroutines.
type Queue struct {
	// Counted is told how many of River's rows were written or read; for tests.
	Counted func(rows int)

	db     *database.DB
	river  engine
	log    *slog.Logger
	waking *wakes
	timers *timers

	mu      sync.Mutex
	work    *Work           // nil while nobody works
	workers workers         // nil until they have started
	known   map[string]bool // queues; true: River fetches from it
}

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

// Migrate brings River's tables up to date.
func (q *Queue) Migrate(ctx context.Context, t database.Tx) error { return q.river.migrate(ctx, t) }

// Close ends the timers. Workers must have been stopped.
func (q *Queue) Close() { q.timers.stop() }

// Wake makes this process look into a queue, if it works.
func (q *Queue) Wake(name string) {
	q.mu.Lock()
	working := q.work != nil
	q.mu.Unlock()
	if working {
		q.fetchFrom(name)
		q.waking.add(name)
	}
}

// WakeAt wakes a queue when something in it is due.
func (q *Queue) WakeAt(name string, due time.Time) {
	if time.Until(due) > 0 {
		q.timers.at(name, due)
	} else {
		q.Wake(name)
	}
}

// WakeAll makes this process look into all queues that it knows.
func (q *Queue) WakeAll() {
	q.mu.Lock()
	defer q.mu.Unlock()
	for name := range q.known {
		q.waking.add(name)
	}
}

// Filled names the queues that hold something.
func (q *Queue) Filled(ctx context.Context) ([]string, error) {
	return database.Collect(ctx, q.db.Read(), database.String, `SELECT DISTINCT queue FROM river_job WHERE state = 'available'`)
}

// CountRuns is a statement that counts the runs in the queues.
const CountRuns = `SELECT count(*) FROM river_job WHERE kind = 'run' AND state IN ('available', 'pending')`

// CountDue is a statement that counts those of them that could begin now, had a
// worker room for them.
const CountDue = `SELECT count(*) FROM river_job WHERE kind = 'run' AND state = 'available' AND scheduled_at <= {timestamp}`

// Name gives the queue of a server's runs: readable, within River's alphabet,
// and another one for another server.
func Name(server string) string {
	if server == "" {
		return Runs
	}
	h := fnv.New32a()
	_, _ = h.Write([]byte(server)) // never fails
	words := strings.FieldsFunc(strings.ToLower(strings.TrimPrefix(server, "https://")), func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9')
	})
	readable := strings.Join(words, "_")
	if len(readable) > 40 {
		readable = strings.TrimSuffix(readable[:40], "_")
	}
	return fmt.Sprintf("%s_%s_%08x", Runs, strings.TrimPrefix(readable, "_"), h.Sum32())
}
