package retention

import (
	"context"
	"fmt"
	"time"

	"speckle-runner/internal/store/database"
	"speckle-runner/internal/store/marks"
)

const (
	// groupOf is how many jobs' runs are looked through in one transaction.
	groupOf = 100
	// pruneEvery is how often commands that run jobs by hand prune the ledger: serve
	// does it every hour.
	pruneEvery = 24 * time.Hour
)

// Retention deletes old runs with their attempts and deliveries, in small
// steps. It keeps what is not ended, what still owes a delivery, the last
// run, the last tick and the last good run of each job, also the last one that arrived, the run
// that published what an output holds now or keeps, and what a mark goes on from. Snapshots of unscheduled jobs go when no
// run was younger than the longest age. It gives how many runs went. What it
// keeps goes for Prune, too.
func (o Old) Retention(ctx context.Context, keep Keep) (int, error) {
	return o.prune(ctx, keep, true)
}

// Prune is Retention for those who come by now and then: it does nothing when
// the ledger was pruned within a day, by whomever. It keeps what the ledger's
// last serve keeps, or else what byDefault says; what is given goes before both.
func (o Old) Prune(ctx context.Context, given, byDefault Keep) (int, error) {
	last, err := o.last(ctx)
	if err != nil {
		return 0, err
	}
	if last.at > database.Micros(time.Now().Add(-pruneEvery)) {
		return 0, nil
	}
	return o.prune(ctx, given.or(last.keep).or(byDefault), false)
}

func (o Old) prune(ctx context.Context, keep Keep, remember bool) (int, error) {
	bound := keep.bounds(time.Now())
	gone := 0
	jobs, err := o.reaches(ctx, bound)
	if err == nil {
		err = o.keepExports(ctx, jobs, keep, bound)
	}
	for i := 0; i < len(jobs) && err == nil; {
		n, group := 0, jobs[i:min(i+groupOf, len(jobs))]
		err = o.db.Write(ctx, func(ctx context.Context, t database.Tx) (err error) {
			n, err = deleteRuns(ctx, t, group, bound)
			return err
		})
		gone += n
		if n < chunk {
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
