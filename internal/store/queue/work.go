package queue

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"
)

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

// maxWorkers is more than the ledger ever claims from one queue.
const maxWorkers = 2000

// Prepare notes that this process is going to work: queues that are woken from
// now on are fetched from once Start was called. Done ends that.
func (q *Queue) Prepare(w Work) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.work = &w
}

// Done forgets the work, after a Stop or where Start failed.
func (q *Queue) Done() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.work, q.workers, q.known = nil, nil, map[string]bool{}
}

// Start begins to fetch.
func (q *Queue) Start(ctx context.Context) error {
	w := q.work
	workers, err := q.river.newWorkers(w)
	if err != nil {
		return err
	}
	if err := workers.start(context.WithoutCancel(ctx)); err != nil {
		return fmt.Errorf("start the queue: %w", q.db.Explain(err))
	}
	q.mu.Lock()
	q.workers = workers
	q.known[Runs], q.known[Deliveries] = true, true
	names := slices.Collect(maps.Keys(q.known)) // those that came meanwhile too
	q.mu.Unlock()
	q.FetchFrom(names...)
	return nil
}

// Stop waits for the workers until ctx ends.
func (q *Queue) Stop(ctx context.Context) error { return q.workers.stop(ctx) }

// FetchFrom makes this process fetch from queues that are new here.
func (q *Queue) FetchFrom(names ...string) {
	for _, name := range names {
		q.fetchFrom(name)
	}
}

// fetchFrom doesn't wait: River needs its listener for that, which may be the
// caller.
func (q *Queue) fetchFrom(name string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.known[name] {
		return
	}
	q.known[name] = q.workers != nil
	if q.workers == nil {
		return // Start looks for it
	}
	workers := q.workers
	go func() {
		if err := workers.addQueue(name); err != nil {
			q.mu.Lock()
			defer q.mu.Unlock()
			q.known[name] = false // the next wake tries again
		}
	}()
}

// working gives the work that this process does, nil while it does none.
func (q *Queue) working() *Work {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.work
}
