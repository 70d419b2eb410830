package store

import (
	"context"
	"fmt"
	"time"

	"speckle-runner/internal/store/database"
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

// Enqueue writes due ticks to the ledger and to the queue, in one transaction.
// A tick that the ledger knows already is left alone, whatever became of it:
// the answer says for each whether it is new. One that the database's clock has
// not reached is an AheadError, and nothing is written.
func (s *Store) Enqueue(ctx context.Context, due []Due) ([]bool, error) {
	return s.enqueue(ctx, due, s.queue.FetchAtOnce)
}

func (s *Store) enqueue(ctx context.Context, due []Due, fetch fetching) ([]bool, error) {
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
	inserted, emptied, err := s.insertDue(ctx, rows, fetch)
	if err != nil {
		return nil, fmt.Errorf("enqueue %d ticks: %w", len(due), err)
	}
	fresh := make([]bool, len(due))
	for i, row := range rows {
		fresh[i] = inserted[row.key]
		if fresh[i] {
			delete(inserted, row.key) // the same tick twice in due is new once
			if row.delay > 0 || !emptied[row.Queue] {
				s.queue.WakeAt(row.Queue, time.Now().Add(row.delay))
			}
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
