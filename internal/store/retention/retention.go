package retention

import (
	"context"
	"fmt"
	"time"

	"speckle-runner/internal/store/database"
	"speckle-runner/internal/store/marks"
)

// chunk is how many runs go in one transaction.
const chunk = 1000

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
	said := keep
	if keep.Window <= 0 {
		keep.Window = 24 * time.Hour
	}
	if keep.FailedAge <= 0 {
		keep.FailedAge = 2 * keep.Age
	}
	now := time.Now()
	// One more window for clocks that differ and nodes that are late.
	young := now.Add(-2 * keep.Window)
	old := func(age time.Duration) int64 {
		if age <= 0 {
			return 0
		}
		return database.Micros(now.Add(-age))
	}
	count := int64(keep.Count)
	if count <= 0 {
		count = 1 << 40
	}
	gone := 0
	for {
		n := 0
		err := o.db.Write(ctx, func(ctx context.Context, t database.Tx) (err error) {
			if n, err = deleteRuns(ctx, t, database.Micros(young), old(keep.Age), old(keep.FailedAge), count); err != nil {
				return err
			}
			if err := marks.DropSnapshots(ctx, t, min(old(keep.Age), old(keep.FailedAge))); err != nil {
				return err
			}
			return notePrune(ctx, t, said, remember)
		})
		if err != nil {
			return gone, fmt.Errorf("retention: %w", err)
		}
		if gone += n; n < chunk {
			return gone, nil
		}
	}
}

var selectOld = `
SELECT r.job, r.tick FROM runs r
WHERE r.tick < $1 AND r.created_at < $1 AND r.state NOT IN ('scheduled', 'running')
  AND ((r.state <> 'failed' AND r.tick < $2) OR (r.state = 'failed' AND r.tick < $3)
    OR $4 <= (SELECT count(*) FROM runs n WHERE n.job = r.job AND n.tick > r.tick))
  AND EXISTS (SELECT 1 FROM runs n WHERE n.job = r.job AND n.tick > r.tick)
  AND NOT (r.state = 'succeeded' AND NOT EXISTS (SELECT 1 FROM runs n WHERE n.job = r.job AND n.tick > r.tick AND n.state = 'succeeded'))
  AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.job = r.job AND d.tick = r.tick AND d.state IN ('queued', 'sending'))
  AND NOT (r.state = 'succeeded' AND NOT ` + marks.LostOutput("r") + ` AND NOT EXISTS (
    SELECT 1 FROM runs n WHERE n.job = r.job AND n.tick > r.tick AND n.state = 'succeeded' AND NOT ` + marks.LostOutput("n") + `
      AND NOT EXISTS (SELECT 1 FROM marks m WHERE m.job = n.job AND m.tick = n.tick AND m.output = '' AND m.base <> 0)))
  AND NOT EXISTS (SELECT 1 FROM marks m WHERE m.job = r.job AND m.tick = r.tick AND m.output <> '' AND NOT ` +
	marks.LostMark("m") + ` AND NOT EXISTS (
    SELECT 1 FROM marks n WHERE n.job = m.job AND n.tick > m.tick AND n.base = 0 AND (n.output = m.output OR m.output = '*') AND NOT ` +
	marks.LostMark("n") + `))
  AND NOT EXISTS (SELECT 1 FROM marks m WHERE m.job = r.job AND m.base = r.tick AND m.base <> 0)
LIMIT $5`

func deleteRuns(ctx context.Context, t database.Tx, young, old, failedOld, count int64) (int, error) {
	keys, err := database.Collect(ctx, t, scanKey, selectOld, young, old, failedOld, count, chunk)
	if err != nil || len(keys) == 0 {
		return 0, err
	}
	for _, table := range []string{"attempts", "deliveries", "marks", "known_records", "run_versions", "runs"} {
		if _, err := t.Exec(ctx, `DELETE FROM `+table+` WHERE EXISTS (SELECT 1 FROM {list job text, tick bigint} WHERE v.job = `+table+
			`.job AND v.tick = `+table+`.tick)`, database.List(keys)); err != nil {
			return 0, err
		}
	}
	return len(keys), nil
}
