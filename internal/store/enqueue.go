package store

import (
	"context"
	"fmt"
	"time"

	"speckle-runner/internal/figures"
	"speckle-runner/internal/store/database"
	"speckle-runner/internal/store/queue"
)

// Due is a tick that has come.
type Due struct {
	Job     string
	Tick    time.Time
	Trigger Trigger
	// Schedule is the schedule that the tick came from, as in Armed; empty for others.
	Schedule string
	// Server is the origin that the job talks to. Each has a queue of its own, and may
	// have a limit of parallel runs.
	Server string
	// Overtakes says that the tick doesn't wait in line, as others with its trigger do:
	// the job's overlap rule decides at once.
	Overtakes bool
	// Priority is 1 (first) to 4; 0 means 1, or 2 for catch-up and backfill.
	Priority int
	// Delay is how long after now the run may start (spread).
	Delay      time.Duration
	Generation string
	QueryHash  string
}

// Enqueue writes due ticks to the ledger and to the queue, in one transaction. It says of
// each whether it is new: one that the ledger has already is left alone, whatever became
// of it. Where the database's clock hasn't reached one, nothing is written: AheadError.
func (s *Store) Enqueue(ctx context.Context, due []Due) ([]bool, error) {
	return s.enqueue(ctx, due, s.queue.FetchAtOnce)
}

func (s *Store) enqueue(ctx context.Context, due []Due, fetch fetchFunc) ([]bool, error) {
	rows := make([]runRow, len(due))
	for i, d := range due {
		priority := d.Priority
		if priority == 0 && d.Trigger.WaitsInLine() && d.Trigger != OnVersion { // a new version is as urgent as a tick
			priority = 2
		}
		rows[i] = runRow{
			key: key{d.Job, database.Micros(database.Canonical(d.Tick))}, State: Scheduled, Via: d.Trigger, Queue: queue.Name(d.Server),
			Priority: max(1, min(priority, 4)), Server: d.Server, Generation: d.Generation, QueryHash: d.QueryHash,
			Follows: followsKey(d.Schedule), delay: d.Delay,
		}
		if d.Trigger.WaitsInLine() && !d.Overtakes {
			rows[i].Active, rows[i].Waiting = activeInLine, waitingForTurn
		}
	}
	inserted, emptied, err := s.insertDue(ctx, rows, fetch)
	if err != nil {
		return nil, fmt.Errorf("enqueue %s: %w", figures.Count(len(due), "tick"), err)
	}
	fresh := make([]bool, len(due))
	for i, row := range rows {
		fresh[i] = inserted[row.key]
		if fresh[i] {
			delete(inserted, row.key) // a tick that is twice in due is new only once
			if row.delay > 0 || !emptied[row.Queue] {
				s.queue.WakeAt(row.Queue, time.Now().Add(row.delay))
			}
		}
	}
	return fresh, nil
}

// Record writes ticks that will not run to the ledger. It says of each whether it is new;
// one that the ledger has is left alone. Where the database's clock hasn't reached one,
// nothing is written: AheadError.
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
			Follows: followsKey(e.Schedule), Error: shown(e.Reason, maxError),
		}
		if len(e.Deliveries) > 0 {
			owed[rows[i].key] = e.Deliveries
		}
	}
	in, err := s.newInsertion(ctx, rows)
	if err == nil {
		in.messages = owed
		err = s.db.Write(ctx, in.do)
	}
	if err != nil {
		return nil, fmt.Errorf("record %d ticks: %w", len(ends), err)
	}
	if len(owed) > 0 {
		s.queue.Wake(queue.Deliveries)
	}
	fresh := make([]bool, len(ends))
	for i, row := range rows {
		fresh[i] = in.inserted[row.key]
		delete(in.inserted, row.key)
	}
	return fresh, nil
}
