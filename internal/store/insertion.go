package store

import (
	"context"
	"slices"

	"speckle-runner/internal/store/database"
	"speckle-runner/internal/store/history"
	"speckle-runner/internal/store/queue"
)

// A row that says missed, and was created at a time that is still to come, was written
// before the clock was set back: the tick is due all the same. So is one that a node with
// another job file took for missed, which knows the schedule and not the job, while this
// one comes with it in time.
const insertRuns = `
INSERT INTO runs (job, tick, state, active, waiting, via, queue, priority, server, generation, query_hash, created_at, due_at,
  finished_at, error, follows)
SELECT v.job, v.tick, v.state, v.active, v.waiting, v.via, v.queue, v.priority, v.server, v.generation, v.query_hash, v.created_at,
  v.due_at, v.finished_at, v.error, v.follows
FROM {list job text, tick bigint, state text, active int, waiting int, via text, queue text, priority int, server text,
  generation text, query_hash text, created_at bigint, due_at bigint, finished_at bigint, error text, follows bigint}
WHERE true ORDER BY v.job, v.tick
ON CONFLICT (job, tick) DO UPDATE SET state = excluded.state, active = excluded.active, waiting = excluded.waiting, via = excluded.via,
  queue = excluded.queue, priority = excluded.priority,
  server = excluded.server, generation = excluded.generation, query_hash = excluded.query_hash, created_at = excluded.created_at,
  due_at = excluded.due_at, finished_at = excluded.finished_at, error = excluded.error,
  follows = excluded.follows
  WHERE runs.state = 'missed' AND excluded.state = 'scheduled' AND (runs.created_at > excluded.created_at
    OR excluded.via = 'schedule' AND excluded.follows <> 0 AND runs.follows = excluded.follows AND runs.generation <> excluded.generation)
RETURNING job, tick`

// insertion writes rows of runs, and queues those that run, in one transaction.
type insertion struct {
	s        *Store
	rows     []runRow // each key once and in order, so that two nodes that write the same ones don't deadlock
	inLine   []key    // those that wait for their turn
	messages map[key][]NewDelivery

	inserted map[key]bool // those that are new
}

func (s *Store) newInsertion(ctx context.Context, rows []runRow) (*insertion, error) {
	sorted := slices.SortedFunc(slices.Values(rows), func(a, b runRow) int { return compareKeys(a.key, b.key) })
	sorted = slices.CompactFunc(sorted, func(a, b runRow) bool { return a.key == b.key })
	in := &insertion{s: s, rows: sorted, inserted: make(map[key]bool, len(rows))}
	for _, row := range sorted {
		if row.Active == activeInLine {
			in.inLine = append(in.inLine, row.key)
		}
	}
	return in, s.ensureJobs(ctx, sorted)
}

func (in *insertion) do(ctx context.Context, t database.Tx) error {
	clear(in.inserted)
	if err := lockJobs(ctx, t, in.inLine); err != nil {
		return err
	}
	now, err := databaseNow(ctx, t)
	if err == nil {
		err = notAhead(in.rows, now)
	}
	if err != nil {
		return err
	}
	for i := range in.rows {
		in.rows[i].stamp(now)
	}
	for part := range slices.Chunk(in.rows, chunk) {
		fresh, err := database.Collect(ctx, t, scanKey, insertRuns, database.List(part))
		if err != nil {
			return err
		}
		for _, k := range fresh {
			in.inserted[k] = true
		}
		if err := in.queue(ctx, t, part); err != nil {
			return err
		}
	}
	if _, err := in.s.takeTurns(ctx, t, in.inLine, activeInLine); err != nil {
		return err
	}
	for k, deliveries := range in.messages {
		if in.inserted[k] {
			if err := in.s.addDeliveries(ctx, t, k, 0, deliveries, false); err != nil {
				return err
			}
		}
	}
	return nil
}

// queue gives the new scheduled rows to the queue.
func (in *insertion) queue(ctx context.Context, t database.Tx, part []runRow) error {
	var fresh []queue.Row
	for _, row := range part {
		if row.State == Scheduled && row.Active != activeInLine && in.inserted[row.key] {
			fresh = append(fresh, row.queued())
		}
	}
	return in.s.queue.Add(ctx, t, fresh)
}

// notAhead refuses ticks that the database's clock has not reached.
func notAhead(rows []runRow, now int64) error {
	for _, row := range rows {
		if row.Tick > now+history.Grain.Microseconds() {
			return &AheadError{row.id(), database.FromMicros(row.Tick), database.FromMicros(now)}
		}
	}
	return nil
}
