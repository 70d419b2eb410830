package queue

import (
	"context"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/rivermigrate"

	"speckle-runner/internal/store/database"
)

// riverAttempts is River's own limit of attempts, out of the way: how often a
// run may fail or crash is the ledger's business.
const riverAttempts = 10_000

// riverOn is River on one kind of transaction.
type riverOn[T any] struct {
	plain  riverdriver.Driver[T]
	client *river.Client[T] // inserts only
	unwrap func(database.Tx) T
	queue  *Queue
}

func newRiver[T any](plain riverdriver.Driver[T], unwrap func(database.Tx) T, q *Queue) (*riverOn[T], error) {
	client, err := river.NewClient(plain, &river.Config{Logger: q.log, MaxAttempts: riverAttempts})
	return &riverOn[T]{plain: plain, client: client, unwrap: unwrap,
		queue: q}, err
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

func (r *riverOn[T]) fetch(ctx context.Context, t database.Tx, f *Fetch, most int) ([]Row, error) {
	got, err := r.plain.UnwrapExecutor(r.unwrap(t)).JobGetAvailable(ctx, &riverdriver.JobGetAvailableParams{
		ClientID: f.node, MaxAttemptedBy: 100, MaxToLock: most, Queue: f.Queue,
	})
	if err != nil {
		return nil, err
	}
	f.jobs = got.Jobs
	rows := make([]Row, len(got.Jobs))
	for i, job := range got.Jobs {
		rows[i] = rowOf(job.ID, job.Queue, job.Priority, job.EncodedArgs)
	}
	return rows, nil
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
