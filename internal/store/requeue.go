package store

import (
	"context"
	"encoding/json"
	"time"

	"github.com/riverqueue/river"
)

// requeueRow is a run, or a delivery, that River should hand out again.
type requeueRow struct {
	key
	RiverID int64  `json:"river_id"`
	DueAt   int64  `json:"due_at"`
	Failure string `json:"failure"` // River's record of the attempt, as JSON; none for one that never began

	queue    string
	priority int
	delivery string // its id; else it is a run
	claim    int64  // the delivery's
}

// riverFailure mirrors what River's executor and rescuer append to errors.
func riverFailure(now time.Time, attempt int, message string) string {
	text, _ := json.Marshal(struct {
		At      time.Time `json:"at"`
		Attempt int       `json:"attempt"`
		Error   string    `json:"error"`
		Trace   string    `json:"trace"`
	}{now.UTC(), attempt, clean(message), ""}) // always encodes
	return string(text)
}

// requeue puts rows back, as River's rescuer does: available again from
// DueAt on, with the error of the attempt. A row that River lacks (a run that
// was begun without the queue) gets a new job.
func (s *Store) requeue(ctx context.Context, t tx, back []requeueRow) error {
	if len(back) == 0 {
		return nil
	}
	known, err := collect(ctx, t, scanInt, `UPDATE river_job SET state = 'available', scheduled_at = {river time v.due_at},
			errors = CASE WHEN v.failure = '' THEN errors ELSE {river error v.failure} END
		FROM {list river_id bigint, due_at bigint, failure text}
		WHERE river_job.id = v.river_id AND river_job.state IN ('running', 'available', 'pending', 'scheduled', 'retryable') RETURNING river_job.id`, list(back))
	if err != nil {
		return err
	}
	there := make(map[int64]bool, len(known))
	for _, id := range known {
		there[id] = true
	}
	for _, row := range back {
		if there[row.RiverID] {
			continue
		}
		if err := s.queueAgain(ctx, t, row); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) queueAgain(ctx context.Context, t tx, row requeueRow) error {
	o := &river.InsertOpts{Queue: row.queue, Priority: max(1, min(row.priority, 4))}
	later := row.DueAt > time.Now().UnixMicro()
	if later {
		o.ScheduledAt = fromMicros(row.DueAt)
	}
	job := river.InsertManyParams{InsertOpts: o, Args: runArgs{row.Job, row.Tick}}
	if row.delivery != "" {
		job.Args = deliveryArgs{row.delivery}
	}
	fresh, err := s.db.insert(ctx, t, []river.InsertManyParams{job})
	if err != nil {
		return err
	}
	if row.delivery != "" {
		_, err = t.exec(ctx, "UPDATE deliveries SET river_id = $1 WHERE id = $2", fresh[0], row.delivery)
	} else {
		_, err = t.exec(ctx, "UPDATE runs SET river_id = $1 WHERE job = $2 AND tick = $3", fresh[0], row.Job, row.Tick)
	}
	if err != nil {
		return err
	}
	return releaseLater(ctx, t, later)
}

// setRiverPending keeps jobs from being fetched until their turn comes.
func setRiverPending(ctx context.Context, t tx, held []claimRow) error {
	_, err := t.exec(ctx, `UPDATE river_job SET state = 'pending' FROM {list river_id bigint} WHERE river_job.id = v.river_id`, list(held))
	return err
}

// deleteRiver removes jobs that are done: the ledger is the history.
func deleteRiver(ctx context.Context, t tx, done []int64) error {
	if len(done) == 0 {
		return nil
	}
	type row struct {
		RiverID int64 `json:"river_id"`
	}
	named := make([]row, len(done))
	for i, id := range done {
		named[i] = row{id}
	}
	_, err := t.exec(ctx, `DELETE FROM river_job WHERE id IN (SELECT v.river_id FROM {list river_id bigint})`, list(named))
	return err
}
