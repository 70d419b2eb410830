package queue

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"
)

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

// working gives the work that this process does, nil while it does none.
func (q *Queue) working() *Work {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.work
}
