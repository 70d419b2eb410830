package queue

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

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

// engine is River, whatever its transactions are.
type engine interface {
	insertFast(ctx context.Context, t database.Tx, rows []Row) error
	insert(ctx context.Context, t database.Tx, jobs []river.InsertManyParams) ([]int64, error)
	fetch(ctx context.Context, t database.Tx, f *Fetch, most int) ([]Row, error)
	newWorkers(w *Work) (workers, error)
	migrate(ctx context.Context, t database.Tx) error
}

// workers fetch from queues and work on what was claimed.
type workers interface {
	start(ctx context.Context) error
	// stop waits until all that was claimed is done, or ctx ends.
	stop(ctx context.Context) error
	// addQueue fetches from one more queue of runs.
	addQueue(name string) error
	// atOnce is FetchAtOnce.
	atOnce(name string) *Fetch
}

// Work says how what a Claimer took is worked on.
type Work struct {
	Node string
	Poll time.Duration // how often a queue is looked into by itself
	Claimer
	// Run and Deliver work on one row until it is done. What came of it they keep
	// in the ledger. Without Deliver no delivery is fetched.
	Run     func(id int64, job string, tick int64)
	Deliver func(id int64, delivery string)
	// DeliverParallel caps the deliveries that are sent at once.
	DeliverParallel int
}

// Claimer decides what of a queue this process works on.
type Claimer interface {
	// Claim takes what it can from a fetch, in its own transaction, and gives the
	// ids of the rows that are worked on here. An error it keeps to itself: River
	// would log each one.
	Claim(ctx context.Context, f *Fetch) []int64
}

// Fetch is one look into a queue.
type Fetch struct {
	Queue string
	Most  int // rows that the workers have room for

	q     *Queue
	node  string
	rows  []Row               // that were taken
	jobs  []*rivertype.JobRow // what River needs of them
	begin func(ours []int64)  // of workers of our own
}

// Migrate brings River's tables up to date.
func (q *Queue) Migrate(ctx context.Context, t database.Tx) error { return q.river.migrate(ctx, t) }

// Close ends the timers. Workers must have been stopped.
func (q *Queue) Close() { q.timers.stop() }

// Filled names the queues that hold something.
func (q *Queue) Filled(ctx context.Context) ([]string, error) {
	return database.Collect(ctx, q.db.Read(), database.String, `SELECT DISTINCT queue FROM river_job WHERE state = 'available'`)
}

// CountRuns is a statement that counts the runs in the queues.
const CountRuns = `SELECT count(*) FROM river_job WHERE kind = 'run' AND state IN ('available', 'pending')`

// CountDue is a statement that counts those of them that could begin now, had a
// worker room for them.
const CountDue = `SELECT count(*) FROM river_job WHERE kind = 'run' AND state = 'available' AND scheduled_at <= {timestamp}`
