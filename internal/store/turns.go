package store

import (
	"context"
	"slices"

	"speckle-runner/internal/store/database"
	"speckle-runner/internal/store/queue"
)

// Ticks that are caught up or backfilled wait for their turn in the ledger alone ("in
// line"), and the queue holds only the next one of each job. So thousands of them cost no
// more fetches and claims than one does.

// waitsInLine reports whether a run waits in the ledger alone, without a row in the queue.
// One that was tried before keeps its row.
func (a activeRow) waitsInLine(policy Overlap) bool { return a.attempt == 0 && inTurn(a.via, policy) }

const holdInLine = `
UPDATE runs SET active = 2, waiting = 1, river_id = 0
FROM {list job text, tick bigint, claim bigint}
WHERE runs.job = v.job AND runs.tick = v.tick AND runs.claim = v.claim AND runs.state = 'scheduled'`

// nextRow is the run of a job whose turn has come.
type nextRow struct {
	runRow
	QueueID int64 `json:"queue_id"`
}

// selectNext finds the oldest waiting run of each job where nothing stands in its way and
// none has its turn already. The plus in min(+a.tick) keeps SQLite from walking through all
// runs of the job in the order of their ticks.
const selectNext = `
SELECT w.job, w.tick FROM (
  SELECT v.job, (SELECT min(e.tick) FROM (
      SELECT min(+a.tick) AS tick FROM runs a WHERE a.job = v.job AND a.active = 1 AND a.waiting = 1
      UNION ALL SELECT min(o.tick) AS tick FROM runs o WHERE o.job = v.job AND o.active = 2 AND o.waiting = 1) AS e) AS tick
  FROM {list job text}
  WHERE coalesce((SELECT 1 FROM runs b WHERE b.job = v.job AND b.active = 1 AND b.waiting <> 1 LIMIT 1), 0) = 0
    AND coalesce((SELECT 1 FROM runs n WHERE n.job = v.job AND n.active = 2 AND n.waiting = 2 LIMIT 1), 0) = 0) AS w
WHERE w.tick IS NOT NULL ORDER BY w.job`

// Two nodes may have found the same runs: only one of them changes a row. A run that stands
// in the way of others from now on gets the priority of a tick (1). With a lower one it
// would never run on a node that always has more due than it can do, nor would they.
const takeTurns = `
UPDATE runs SET waiting = 2, active = CASE WHEN runs.active = 2 THEN $2 ELSE 1 END
FROM {list job text, tick bigint}
WHERE runs.job = v.job AND runs.tick = v.tick AND runs.waiting = 1 AND runs.state = 'scheduled'
RETURNING runs.job, runs.tick, runs.river_id, runs.queue, CASE WHEN runs.active = 1 THEN 1 ELSE runs.priority END,
  CASE WHEN runs.due_at > {now} THEN runs.due_at ELSE 0 END`

func scanNext(r database.Rows) (nextRow, error) {
	var n nextRow
	return n, r.Scan(&n.Job, &n.Tick, &n.QueueID, &n.Queue, &n.Priority, &n.DueAt)
}

// releaseWaiters lets the oldest waiting run of each job take its turn, where nothing stands
// in its way any more. It stands in the way of others from then on.
func (s *Store) releaseWaiters(ctx context.Context, t database.Tx, over []key) ([]func(), error) {
	return s.takeTurns(ctx, t, over, activeBlocks)
}

// takeTurns puts the next run of each job into the queue. active is what a run in line
// becomes: activeBlocks where it follows another, activeInLine where it may be overtaken.
func (s *Store) takeTurns(ctx context.Context, t database.Tx, jobs []key, active int) ([]func(), error) {
	if len(jobs) == 0 {
		return nil, nil
	}
	jobs = slices.SortedFunc(slices.Values(jobs), compareKeys)
	jobs = slices.CompactFunc(jobs, func(a, b key) bool { return a.Job == b.Job })
	found, err := database.Collect(ctx, t, scanKey, selectNext, database.List(jobs))
	if err != nil || len(found) == 0 {
		return nil, err
	}
	next, err := database.Collect(ctx, t, scanNext, takeTurns, database.List(found), active)
	if err != nil {
		return nil, err
	}
	if err := s.queueNext(ctx, t, next); err != nil {
		return nil, err
	}
	return []func(){func() {
		for _, n := range next {
			s.queue.WakeAt(n.Queue, database.FromMicros(n.DueAt))
		}
	}}, nil
}

// queueNext lets the queue hand runs out: it releases those that it holds back, and adds
// those that it doesn't have.
func (s *Store) queueNext(ctx context.Context, t database.Tx, next []nextRow) error {
	var held []int64
	for _, n := range next {
		if n.QueueID != 0 {
			held = append(held, n.QueueID)
		}
	}
	there, err := s.queue.Release(ctx, t, held)
	if err != nil {
		return err
	}
	var fresh []queue.Row
	for _, n := range next {
		if !there[n.QueueID] {
			fresh = append(fresh, n.queued())
		}
	}
	return s.queue.Add(ctx, t, fresh)
}
