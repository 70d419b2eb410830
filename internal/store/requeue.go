package store

import (
	"context"
	"time"

	"speckle-runner/internal/store/database"
	"speckle-runner/internal/store/queue"
)

// requeueRow is a run, or a delivery, that the queue should hand out again.
type requeueRow struct {
	key
	queue.Return

	queue    string
	priority int
	delivery string // its id; else it is a run
	claim    int64  // the delivery's
}

// requeue puts rows back. A row that the queue lacks (a run that was begun
// without it) gets a new one.
func (s *Store) requeue(ctx context.Context, t database.Tx, back []requeueRow) error {
	if len(back) == 0 {
		return nil
	}
	returned := make([]queue.Return, len(back))
	for i, row := range back {
		returned[i] = row.Return
	}
	there, err := s.queue.Again(ctx, t, returned)
	if err != nil {
		return err
	}
	for _, row := range back {
		if there[row.ID] {
			continue
		}
		if err := s.queueAgain(ctx, t, row); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) queueAgain(ctx context.Context, t database.Tx, row requeueRow) error {
	fresh := queue.Row{Queue: row.queue, Priority: row.priority, Job: row.Job, Tick: row.Tick, Delivery: row.delivery}
	if row.DueAt > time.Now().UnixMicro() {
		fresh.Due = database.FromMicros(row.DueAt)
	}
	ids, err := s.queue.AddNumbered(ctx, t, []queue.Row{fresh})
	if err != nil {
		return err
	}
	if row.delivery != "" {
		_, err = t.Exec(ctx, "UPDATE deliveries SET river_id = $1 WHERE id = $2", ids[0], row.delivery)
	} else {
		_, err = t.Exec(ctx, "UPDATE runs SET river_id = $1 WHERE job = $2 AND tick = $3", ids[0], row.Job, row.Tick)
	}
	return err
}
