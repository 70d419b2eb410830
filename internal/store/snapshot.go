package store

import (
	"context"
	"fmt"
	"time"
)

// Snapshot is what an export was, for a later run of its job to compare with.
// What is in it the ledger doesn't know.
type Snapshot struct {
	// Ignoring names the fields that were left out, as the run does; "" is none.
	Ignoring string
	Tick     time.Time // of the run; on an Outcome it is that run's own
	State    []byte
}

// Snapshot gives the newest snapshot of a job from before a tick: a tick that
// is run again isn't compared with itself. Nil says that there is none.
func (s *Store) Snapshot(ctx context.Context, job, ignoring string, before time.Time) (*Snapshot, error) {
	found, err := collect(ctx, s.read(), func(r rows) (*Snapshot, error) {
		var tick int64
		one := &Snapshot{Ignoring: ignoring}
		err := r.Scan(&tick, &one.State)
		one.Tick = fromMicros(tick)
		return one, err
	}, `SELECT tick, state FROM snapshots WHERE job = $1 AND ignoring = $2 AND tick < $3 ORDER BY tick DESC LIMIT 1`,
		job, ignoring, micros(canonical(before)))
	if err != nil {
		return nil, fmt.Errorf("what %s published last: %w", job, s.db.explain(err))
	}
	if len(found) == 0 {
		return nil, nil
	}
	return found[0], nil
}

// keepSnapshots writes what a good run published, in the transaction that ends
// the run, and forgets those before the two newest ticks. A backfill's stays until the
// job's next run: the tick after it is compared with it.
func keepSnapshots(ctx context.Context, t tx, e *runEnd) error {
	if e.State != Succeeded || len(e.outcome.Snapshots) == 0 {
		return nil
	}
	for _, one := range e.outcome.Snapshots {
		if _, err := t.exec(ctx, `INSERT INTO snapshots (job, tick, ignoring, state) VALUES ($1, $2, $3, $4)
			ON CONFLICT (job, ignoring, tick) DO UPDATE SET state = excluded.state`, e.Job, e.Tick, one.Ignoring, one.State); err != nil {
			return err
		}
	}
	_, err := t.exec(ctx, `DELETE FROM snapshots WHERE job = $1 AND tick <> $2 AND tick <
		(SELECT min(newest.tick) FROM (SELECT DISTINCT tick FROM snapshots WHERE job = $1 ORDER BY tick DESC LIMIT 2) AS newest)`, e.Job, e.Tick)
	return err
}

// dropSnapshots forgets the snapshots of jobs that have no schedule any more
// (they were taken out of the file, or are run by hand) and have had no run
// since an instant; 0 drops none.
func dropSnapshots(ctx context.Context, t tx, unused int64) error {
	if unused == 0 {
		return nil
	}
	_, err := t.exec(ctx, `DELETE FROM snapshots WHERE tick < $1
		AND NOT EXISTS (SELECT 1 FROM jobs j WHERE j.job = snapshots.job AND j.schedule <> '')
		AND NOT EXISTS (SELECT 1 FROM runs r WHERE r.job = snapshots.job AND r.tick >= $1)`, unused)
	return err
}
