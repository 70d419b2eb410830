package queue

import (
	"context"
	"slices"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/rivertype"
)

func (r *riverOn[T]) newWorkers(w *Work) (workers, error) {
	jobs := river.NewWorkers()
	river.AddWorker(jobs, &runWorker{work: w.Run})
	river.AddWorker(jobs, &deliveryWorker{work: w.Deliver})
	queues := map[string]river.QueueConfig{Runs: ofRuns(w)}
	if w.Deliver != nil {
		queues[Deliveries] = river.QueueConfig{MaxWorkers: w.DeliverParallel}
	}
	client, err := river.NewClient(&ledgerDriver[T]{Driver: r.plain, queue: r.queue}, &river.Config{
		ID: w.Node, Logger: r.queue.log, Workers: jobs, Queues: queues, MaxAttempts: riverAttempts,
		JobTimeout: -1, FetchCooldown: 2 * time.Millisecond, FetchPollInterval: w.Poll,
		// What a leader would do the ledger does: rescue by lease, no cleaning
		// needed, and nothing is left in the states it would schedule.
		LeaderElectionDisabled: true,
	})
	if err != nil {
		return nil, err
	}
	return riverWorkers[T]{client, ofRuns(w)}, nil
}

func ofRuns(w *Work) river.QueueConfig {
	return river.QueueConfig{MaxWorkers: maxWorkers, FetchPollInterval: w.Poll}
}

// riverWorkers are a River client that works.
type riverWorkers[T any] struct {
	client *river.Client[T]
	runs   river.QueueConfig
}

func (w riverWorkers[T]) start(ctx context.Context) error { return w.client.Start(ctx) }
func (w riverWorkers[T]) stop(ctx context.Context) error  { return w.client.Stop(ctx) }
func (w riverWorkers[T]) addQueue(name string) error      { return w.client.Queues().Add(name, w.runs) }
func (w riverWorkers[T]) atOnce(string) *Fetch            { return nil } // only River begins what it fetched

// runWorker is River's way to a run.
type runWorker struct {
	river.WorkerDefaults[runArgs]
	work func(id int64, job string, tick int64)
}

// Work never fails for River: the ledger has the outcome.
func (r *runWorker) Work(_ context.Context, job *river.Job[runArgs]) error {
	r.work(job.ID, job.Args.Job, job.Args.Tick)
	return nil
}

// deliveryWorker is River's way to a delivery.
type deliveryWorker struct {
	river.WorkerDefaults[deliveryArgs]
	work func(id int64, delivery string)
}

// Work never fails for River: the ledger has the outcome.
func (d *deliveryWorker) Work(_ context.Context, job *river.Job[deliveryArgs]) error {
	d.work(job.ID, job.Args.ID)
	return nil
}

// ledgerDriver is River's driver with three of its methods taken over: what is
// fetched is decided together with the ledger, what is completed has been
// written there already, and wake-ups of this process don't take the detour
// through the server.
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
	var result riverdriver.JobGetAvailableResult
	if work := e.queue.working(); work != nil {
		f := &Fetch{Queue: params.Queue, Most: params.MaxToLock, q: e.queue, node: params.ClientID}
		ours := setOf(work.Claim(ctx, f))
		result.Jobs = slices.DeleteFunc(f.jobs, func(job *rivertype.JobRow) bool { return !ours[job.ID] })
	}
	return &result, nil
}

// JobSetStateIfRunningMany does nothing: the transaction that ended a run in
// the ledger has ended its River job.
func (e *ledgerExecutor) JobSetStateIfRunningMany(context.Context, *riverdriver.JobSetStateIfRunningManyParams) ([]*rivertype.JobRow,
	error) {
	return nil, nil
}
