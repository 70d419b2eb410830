package store

import (
	"context"
	"sync"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/rivertype"
)

// runArgs is River's view of a due tick: enough to find its row.
type runArgs struct {
	Job  string `json:"job"`
	Tick int64  `json:"tick"`
}

// Kind is River's name for a due tick.
func (runArgs) Kind() string { return "run" }

// deliveryArgs is River's view of a delivery.
type deliveryArgs struct {
	ID string `json:"id"`
}

// Kind is River's name for a delivery.
func (deliveryArgs) Kind() string { return "delivery" }

// riverAttempts is River's own limit of attempts, out of the way: how often a
// run may fail or crash is the ledger's business.
const riverAttempts = 10_000

// fetcher takes over what River would do to its rows by itself.
type fetcher interface {
	fetchJobs(ctx context.Context, params *riverdriver.JobGetAvailableParams) (*riverdriver.JobGetAvailableResult, error)
	wakes() *wakes
}

// riverQueue is the part of a backend that is River, for its kind of transaction.
type riverQueue[T any] struct {
	plain  riverdriver.Driver[T]
	driver riverdriver.Driver[T]
	client *river.Client[T] // inserts only
	unwrap func(tx) T
}

func newRiverQueue[T any](plain riverdriver.Driver[T], unwrap func(tx) T, o riverOptions) (riverQueue[T], error) {
	client, err := river.NewClient(plain, &river.Config{Logger: o.logger, MaxAttempts: riverAttempts})
	return riverQueue[T]{
		plain:  plain,
		driver: &ledgerDriver[T]{Driver: plain, fetcher: o.fetcher},
		client: client,
		unwrap: unwrap,
	}, err
}

func (q riverQueue[T]) insertFast(ctx context.Context, t tx, jobs []river.InsertManyParams) error {
	_, err := q.client.InsertManyFastTx(ctx, q.unwrap(raw(t)), jobs)
	return err
}

func (q riverQueue[T]) insert(ctx context.Context, t tx, jobs []river.InsertManyParams) ([]int64, error) {
	inserted, err := q.client.InsertManyTx(ctx, q.unwrap(raw(t)), jobs)
	if err != nil {
		return nil, err
	}
	ids := make([]int64, len(inserted))
	for i, one := range inserted {
		ids[i] = one.Job.ID
	}
	return ids, nil
}

func (q riverQueue[T]) fetch(ctx context.Context, t tx, params *riverdriver.JobGetAvailableParams) (*riverdriver.JobGetAvailableResult, error) {
	return q.plain.UnwrapExecutor(q.unwrap(raw(t))).JobGetAvailable(ctx, params)
}

func (q riverQueue[T]) newWorkers(config *river.Config) (workers, error) {
	client, err := river.NewClient(q.driver, config)
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
	fetcher fetcher
}

// GetExecutor gives River an executor that goes through the ledger.
func (d *ledgerDriver[T]) GetExecutor() riverdriver.Executor {
	return &ledgerExecutor{d.Driver.GetExecutor(), d.fetcher}
}

// GetListener gives River a listener that also hears of local events.
func (d *ledgerDriver[T]) GetListener(params *riverdriver.GetListenenerParams) riverdriver.Listener {
	if d.DatabaseName() == riverdriver.DatabaseNameSQLite {
		return &localListener{wakes: d.fetcher.wakes()}
	}
	return &mergedListener{Listener: d.Driver.GetListener(params), wakes: d.fetcher.wakes()}
}

type ledgerExecutor struct {
	riverdriver.Executor
	fetcher fetcher
}

// JobGetAvailable claims runs in the ledger in the transaction that fetches
// them from River.
func (e *ledgerExecutor) JobGetAvailable(ctx context.Context, params *riverdriver.JobGetAvailableParams) (*riverdriver.JobGetAvailableResult, error) {
	return e.fetcher.fetchJobs(ctx, params)
}

// JobSetStateIfRunningMany does nothing: the transaction that ended a run in
// the ledger has ended its River job.
func (e *ledgerExecutor) JobSetStateIfRunningMany(context.Context, *riverdriver.JobSetStateIfRunningManyParams) ([]*rivertype.JobRow, error) {
	return nil, nil
}

// wakes collects the queues of this process that may have something to fetch.
type wakes struct {
	mu     sync.Mutex
	queues map[string]bool
	signal chan struct{}
}

func newWakes() *wakes { return &wakes{queues: map[string]bool{}, signal: make(chan struct{}, 1)} }

func (w *wakes) add(queue string) {
	w.mu.Lock()
	w.queues[queue] = true
	w.mu.Unlock()
	w.ring()
}

func (w *wakes) ring() {
	select {
	case w.signal <- struct{}{}:
	default:
	}
}

// take gives one queue, if there is any, as River's own notification.
func (w *wakes) take() *riverdriver.Notification {
	w.mu.Lock()
	defer w.mu.Unlock()
	for queue := range w.queues {
		delete(w.queues, queue)
		if len(w.queues) > 0 {
			w.ring()
		}
		return &riverdriver.Notification{Topic: insertTopic, Payload: `{"queue":"` + queue + `"}`}
	}
	return nil
}

// insertTopic is River's topic for new jobs.
const insertTopic = "river_insert"
