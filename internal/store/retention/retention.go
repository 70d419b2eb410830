package retention

import (
	"context"
	"fmt"
	"time"

	"speckle-runner/internal/store/database"
	"speckle-runner/internal/store/marks"
)

const (
	// chunk is how many runs go in one transaction.
	chunk = 1000
	// groupOf is how many jobs' runs it looks through.
	groupOf = 100
)

// Keep says how long ended runs stay in the ledger. A zero field is no reason
// to delete.
type Keep struct {
	// Age and Count bound what is kept of a job: a run goes when it is older
	// than Age, or has Count newer ones of its job.
	Age   time.Duration
	Count int
	// FailedAge is Age for failed runs; it should be longer. 0 means twice Age.
	FailedAge time.Duration
	// Window is the longest missed_window: a younger tick could be enqueued
	// again if its row were gone, and is always kept. 0 means 24 hours.
	Window time.Duration
}

// Retention deletes old runs with their attempts and deliveries, in small
// steps. It keeps what is not ended, what still owes a delivery, the last
// run and the last good run of each job, also the last one that arrived, the run
// that published what an output holds now, and what a mark goes on from. Snapshots of unscheduled jobs go when no
// run was younger than the longest age. It gives how many runs went. What it
// keeps goes for Prune, too.
func (o Old) Retention(ctx context.Context, keep Keep) (int, error) {
	return o.prune(ctx, keep, true)
}

func (o Old) prune(ctx context.Context, keep Keep, remember bool) (int, error) {
	bound := keep.bounds(time.Now())
	gone := 0
	jobs, err := o.reaches(ctx, bound)
	for i := 0; i < len(jobs) && err == nil; {
		n, group := 0, jobs[i:min(i+groupOf, len(jobs))]
		err = o.db.Write(ctx, func(ctx context.Context, t database.Tx) (err error) {
			n, err = deleteRuns(ctx, t, group, bound)
			return err
		})
		if gone += n; n < chunk {
			i += groupOf
		}
	}
	if err == nil {
		err = o.db.Write(ctx, func(ctx context.Context, t database.Tx) error {
			if err := marks.DropSnapshots(ctx, t, min(bound.old, bound.failedOld)); err != nil {
				return err
			}
			return notePrune(ctx, t, keep, remember)
		})
	}
	if err != nil {
		return gone, fmt.Errorf("retention: %w", err)
	}
	return gone, nil
}

// bounds are the instants that decide over a run, as the ledger holds them.
type bounds struct {
	young          int64 // a tick since then stays
	old, failedOld int64 // one before goes, 0: none does
	count          int
}

func (k Keep) bounds(now time.Time) bounds {
	if k.Window <= 0 {
		k.Window = 24 * time.Hour
	}
	if k.FailedAge <= 0 {
		k.FailedAge = 2 * k.Age
	}
	before := func(age time.Duration) int64 {
		if age <= 0 {
			return 0
		}
		return database.Micros(now.Add(-age))
	}
	// One more window for clocks that differ and nodes that are late.
	return bounds{young: before(2 * k.Window), old: before(k.Age), failedOld: before(k.FailedAge), count: k.Count}
}
