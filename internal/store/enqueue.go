package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"speckle-runner/internal/store/database"
	"speckle-runner/internal/store/history"
	"speckle-runner/internal/store/queue"
)

// Due is a tick that has come.
type Due struct {
	Job     string
	Tick    time.Time
	Trigger Trigger
	// Server is the origin that the job talks to: it has a queue and a limit of
	// parallel runs of its own.
	Server string
	// Overtakes says that a tick doesn't wait for its turn, though its trigger's do:
	// the job's overlap rule is asked at once.
	Overtakes bool
	// Priority is 1 (first) to 4; 0 means 1, or 2 for catch-up and backfill.
	Priority int
	// Delay is waited after now before the run may start (spread).
	Delay      time.Duration
	Generation string
	QueryHash  string
}

// A tick that was recorded as missed at a time that is still to come was
// recorded by a clock that has been set back since: the tick is due all the same.
const insertRuns = `
INSERT INTO runs (job, tick, state, active, waiting, via, queue, priority, server, generation, query_hash, created_at, due_at,
  finished_at, error)
SELECT v.job, v.tick, v.state, v.active, v.waiting, v.via, v.queue, v.priority, v.server, v.generation, v.query_hash, v.created_at,
  v.due_at, v.finished_at, v.error
FROM {list job text, tick bigint, state text, active int, waiting int, via text, queue text, priority int, server text,
  generation text, query_hash text, created_at bigint, due_at bigint, finished_at bigint, error text}
WHERE true ORDER BY v.job, v.tick
ON CONFLICT (job, tick) DO UPDATE SET state = excluded.state, active = excluded.active, waiting = excluded.waiting, via = excluded.via,
  queue = excluded.queue, priority = excluded.priority,
  server = excluded.server, generation = excluded.generation, query_hash = excluded.query_hash, created_at = excluded.created_at,
  due_at = excluded.due_at, finished_at = excluded.finished_at, error = excluded.error
  WHERE runs.state = 'missed' AND runs.created_at > excluded.created_at AND excluded.state = 'scheduled'
RETURNING job, tick`

// Enqueue writes due ticks to the ledger and to the queue, in one transaction.
// A tick that the ledger knows already is left alone, whatever became of it:
// the answer says for each whether it is new. One that the database's clock has
// not reached is an AheadError, and nothing is written.
func (s *Store) Enqueue(ctx context.Context, due []Due) ([]bool, error) {
	rows := make([]runRow, len(due))
	for i, d := range due {
		priority := d.Priority
		if priority == 0 && d.Trigger.Owed() && d.Trigger != OnVersion { // that one is as new as a tick
			priority = 2
		}
		rows[i] = runRow{
			key: key{d.Job, database.Micros(database.Canonical(d.Tick))}, State: Scheduled, Via: d.Trigger, Queue: queue.Name(d.Server),
			Priority: max(1, min(priority, 4)), Server: d.Server, Generation: d.Generation, QueryHash: d.QueryHash,
			delay: d.Delay,
		}
		if d.Trigger.Owed() && !d.Overtakes {
			rows[i].Active, rows[i].Waiting = 2, 1
		}
	}
	inserted, err := s.insertRuns(ctx, rows, nil)
	if err != nil {
		return nil, fmt.Errorf("enqueue %d ticks: %w", len(due), err)
	}
	fresh := make([]bool, len(due))
	for i, row := range rows {
		fresh[i] = inserted[row.key]
		if fresh[i] {
			delete(inserted, row.key) // the same tick twice in due is new once
			s.queue.WakeAt(row.Queue, time.Now().Add(row.delay))
		}
	}
	return fresh, nil
}

// Record writes ticks that will not run to the ledger. It says for each
// whether it is new; one that the ledger knows is left alone. One that the
// database's clock has not reached is an AheadError, and nothing is written.
func (s *Store) Record(ctx context.Context, ends []End) ([]bool, error) {
	rows := make([]runRow, len(ends))
	owed := map[key][]NewDelivery{}
	for i, e := range ends {
		if e.State != Missed && e.State != Skipped {
			return nil, fmt.Errorf("record %s: a tick that didn't run is %s or %s, not %q", VersionRunID(e.Job, e.Tick, e.Version), Missed, Skipped,
				e.State)
		}
		rows[i] = runRow{
			key: key{e.Job, database.Micros(database.Canonical(e.Tick))}, State: e.State, Via: e.Trigger, Generation: e.Generation, Priority: 1,
			Error: shown(e.Reason, maxError),
		}
		if len(e.Deliveries) > 0 {
			owed[rows[i].key] = e.Deliveries
		}
	}
	inserted, err := s.insertRuns(ctx, rows, owed)
	if err != nil {
		return nil, fmt.Errorf("record %d ticks: %w", len(ends), err)
	}
	if len(owed) > 0 {
		s.queue.Wake(queue.Deliveries)
	}
	fresh := make([]bool, len(ends))
	for i, row := range rows {
		fresh[i] = inserted[row.key]
		delete(inserted, row.key)
	}
	return fresh, nil
}

// insertRuns writes rows in the order of their keys, so that two nodes that
// write the same ones wait for each other instead of deadlocking.
func (s *Store) insertRuns(ctx context.Context, rows []runRow, messages map[key][]NewDelivery) (map[key]bool, error) {
	sorted := slices.SortedFunc(slices.Values(rows), func(a, b runRow) int { return compareKeys(a.key, b.key) })
	sorted = slices.CompactFunc(sorted, func(a, b runRow) bool { return a.key == b.key })
	inserted := make(map[key]bool, len(rows))
	if err := s.knowJobs(ctx, sorted); err != nil {
		return nil, err
	}
	var owed []key
	for _, row := range sorted {
		if row.Active == 2 {
			owed = append(owed, row.key)
		}
	}
	err := s.db.Write(ctx, func(ctx context.Context, t database.Tx) error {
		clear(inserted)
		if err := lockJobs(ctx, t, owed); err != nil {
			return err
		}
		now, err := databaseNow(ctx, t)
		if err == nil {
			err = notAhead(sorted, now)
		}
		if err != nil {
			return err
		}
		for i := range sorted {
			sorted[i].stamp(now)
		}
		for part := range slices.Chunk(sorted, chunk) {
			fresh, err := database.Collect(ctx, t, scanKey, insertRuns, database.List(part))
			if err != nil {
				return err
			}
			for _, k := range fresh {
				inserted[k] = true
			}
			if err := s.queueRuns(ctx, t, part, inserted); err != nil {
				return err
			}
		}
		if _, err := s.takeTurns(ctx, t, owed, 2); err != nil {
			return err
		}
		for k, deliveries := range messages {
			if inserted[k] {
				if err := s.addDeliveries(ctx, t, k, 0, deliveries, false); err != nil {
					return err
				}
			}
		}
		return nil
	})
	return inserted, err
}

// queueRuns gives the new scheduled rows to the queue.
func (s *Store) queueRuns(ctx context.Context, t database.Tx, part []runRow, inserted map[key]bool) error {
	var fresh []queue.Row
	for _, row := range part {
		if row.State == Scheduled && row.Active != 2 && inserted[row.key] {
			fresh = append(fresh, row.queued())
		}
	}
	return s.queue.Add(ctx, t, fresh)
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
