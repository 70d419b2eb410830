package queue

import (
	"context"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/rivermigrate"
	"github.com/riverqueue/river/rivertype"

	"speckle-runner/internal/store/database"
)

// riverAttempts is River's own limit of attempts, out of the way: how often a
// run may fail or crash is the ledger's business.
const riverAttempts = 10_000

// engine is River, whatever its transactions are.
type engine interface {
	insertFast(ctx context.Context, t database.Tx, rows []Row) error
	insert(ctx context.Context, t database.Tx, jobs []river.InsertManyParams) ([]int64, error)
	fetch(ctx context.Context, t database.Tx, params *riverdriver.JobGetAvailableParams) ([]*rivertype.JobRow, error)
	newWorkers(config *river.Config) (workers, error)
	migrate(ctx context.Context, t database.Tx) error
}

// workers is a River client that works.
type workers interface {
	start(ctx context.Context) error
	stop(ctx context.Context) error
	addQueue(name string, config river.QueueConfig) error
}

// riverOn is River on one kind of transaction.
type riverOn[T any] struct {
	plain  riverdriver.Driver[T]
	driver riverdriver.Driver[T]
	client *river.Client[T] // inserts only
	unwrap func(database.Tx) T
}

func newRiver[T any](plain riverdriver.Driver[T], unwrap func(database.Tx) T, q *Queue) (*riverOn[T], error) {
	client, err := river.NewClient(plain, &river.Config{Logger: q.log, MaxAttempts: riverAttempts})
	return &riverOn[T]{plain: plain, driver: &ledgerDriver[T]{Driver: plain, queue: q}, client: client, unwrap: unwrap}, err
}

func (r *riverOn[T]) insertFast(ctx context.Context, t database.Tx, rows []Row) error {
	jobs, later := jobsOf(rows)
	if _, err := r.client.InsertManyFastTx(ctx, r.unwrap(t), jobs); err != nil {
		return err
	}
	return releaseLater(ctx, t, later)
}

func (r *riverOn[T]) insert(ctx context.Context, t database.Tx, jobs []river.InsertManyParams) ([]int64, error) {
	inserted, err := r.client.InsertManyTx(ctx, r.unwrap(t), jobs)
	if err != nil {
		return nil, err
	}
	ids := make([]int64, len(inserted))
	for i, one := range inserted {
		ids[i] = one.Job.ID
	}
	return ids, nil
}

func (r *riverOn[T]) fetch(ctx context.Context, t database.Tx, params *riverdriver.JobGetAvailableParams) ([]*rivertype.JobRow, error) {
	got, err := r.plain.UnwrapExecutor(r.unwrap(t)).JobGetAvailable(ctx, params)
	if err != nil {
		return nil, err
	}
	return got.Jobs, nil
}

// migrate runs River's own migrations: in the transaction where the database
// can, beside it on PostgreSQL, whose enums need several.
func (r *riverOn[T]) migrate(ctx context.Context, t database.Tx) error {
	m, err := rivermigrate.New(r.plain, nil)
	if err != nil {
		return err
	}
	if r.plain.DatabaseName() == riverdriver.DatabaseNameSQLite {
		_, err = m.MigrateTx(ctx, r.unwrap(t), rivermigrate.DirectionUp, nil) //nolint:staticcheck // deprecated for PostgreSQL's sake
	} else {
		_, err = m.Migrate(ctx, rivermigrate.DirectionUp, nil)
	}
	return err
}

func (r *riverOn[T]) newWorkers(config *river.Config) (workers, error) {
	client, err := river.NewClient(r.driver, config)
	if err != nil {
		return nil, err
	}
	return riverWorkers[T]{client}, nil
}

type riverWorkers[T any] struct{ client *river.Client[T] }

func (w riverWorkers[T]) start(ctx context.Context) error { return w.client.Start(ctx) }
func (w riverWorkers[T]) stop(ctx context.Context) error  { return w.client.Stop(ctx) }
func (w riverWorkers[T]) addQueue(name string, config river.QueueConfig) error {
	return w.client.Queues().Add(name, config)
}

// ledgerDriver is River's driver with three of its methods taken over: what is
// fetched is decided together with the ledger, what is completed has been
// written there already, and wake-ups of this process don't take the detour
// through a table that is polled.
type ledgerDriver[T any] struct {
	riverdriver.Driver[T]
	queue *Queue
}

// GetExecutor gives River an executor that goes through the ledger.
func (d *ledgerDriver[T]) GetExecutor() riverdriver.Executor {
	return &ledgerExecutor{d.Driver.GetExecutor(), d.queue}
}

// GetListener gives River a listener that also hears of local events.
func (d *ledgerDriver[T]) GetListener(params *riverdriver.GetListenenerParams) riverdriver.Listener {
	if d.DatabaseName() == riverdriver.DatabaseNameSQLite {
		return &localListener{wakes: d.queue.waking}
	}
	return &mergedListener{Listener: d.Driver.GetListener(params), wakes: d.queue.waking}
}

type ledgerExecutor struct {
	riverdriver.Executor
	queue *Queue
}

// JobGetAvailable claims runs in the ledger in the transaction that fetches
// them from River.
func (e *ledgerExecutor) JobGetAvailable(ctx context.Context,
	params *riverdriver.JobGetAvailableParams) (*riverdriver.JobGetAvailableResult, error) {
	return &riverdriver.JobGetAvailableResult{Jobs: e.queue.claim(ctx, params)}, nil
}

// JobSetStateIfRunningMany does nothing: the transaction that ended a run in
// the ledger has ended its River job.
func (e *ledgerExecutor) JobSetStateIfRunningMany(context.Context, *riverdriver.JobSetStateIfRunningManyParams) ([]*rivertype.JobRow,
	error) {
	return nil, nil
}
