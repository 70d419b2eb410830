package queue

import (
	"context"
	"encoding/json"
	"time"

	"speckle-runner/internal/store/database"
)

// Add puts rows into their queues.
func (q *Queue) Add(ctx context.Context, t database.Tx, rows []Row) error {
	if len(rows) == 0 {
		return nil
	}
	if err := q.river.insertFast(ctx, t, rows); err != nil {
		return err
	}
	q.Counted(len(rows))
	return nil
}

// AddNumbered is Add for who wants to know the rows' ids. It takes longer.
func (q *Queue) AddNumbered(ctx context.Context, t database.Tx, rows []Row) ([]int64, error) {
	jobs, later := jobsOf(rows)
	ids, err := q.river.insert(ctx, t, jobs)
	if err != nil {
		return nil, err
	}
	q.Counted(len(rows))
	return ids, releaseLater(ctx, t, later)
}

// Return is a row that should be handed out again.
type Return struct {
	ID      int64  `json:"id"`
	DueAt   int64  `json:"due_at"`
	Failure string `json:"failure"` // as Failure gives it; none for an attempt that never began
}

// Failure is what River appends to the errors of a row whose attempt failed.
func Failure(now time.Time, attempt int, message string) string {
	text, _ := json.Marshal(struct {
		At      time.Time `json:"at"`
		Attempt int       `json:"attempt"`
		Error   string    `json:"error"`
		Trace   string    `json:"trace"`
	}{now.UTC(), attempt, database.Clean(message), ""}) // always encodes
	return string(text)
}

// Again puts rows back, as River's rescuer does: available again from DueAt
// on, with the error of the attempt. It says which rows are there; the others
// River doesn't have.
func (q *Queue) Again(ctx context.Context, t database.Tx, back []Return) (there map[int64]bool, err error) {
	known, err := database.Collect(ctx, t, database.Int, `UPDATE river_job SET state = 'available', scheduled_at = {timestamp v.due_at},
			errors = CASE WHEN v.failure = '' THEN errors ELSE {errors with v.failure} END
		FROM {list id bigint, due_at bigint, failure text}
		WHERE river_job.id = v.id AND river_job.state IN ('running', 'available', 'pending', 'scheduled', 'retryable')
		RETURNING river_job.id`, database.List(back))
	return setOf(known), err
}

// Hold keeps rows from being fetched until they are released.
func (q *Queue) Hold(ctx context.Context, t database.Tx, ids []int64) error {
	if len(ids) == 0 {
		return nil
	}
	_, err := t.Exec(ctx, `UPDATE river_job SET state = 'pending' FROM {list id bigint} WHERE river_job.id = v.id`, named(ids))
	return err
}

// Release lets rows be fetched that were held, and says which of them are there.
func (q *Queue) Release(ctx context.Context, t database.Tx, ids []int64) (there map[int64]bool, err error) {
	if len(ids) == 0 {
		return nil, nil
	}
	known, err := database.Collect(ctx, t, database.Int, `UPDATE river_job SET state = 'available', scheduled_at = {timestamp}
		FROM {list id bigint} WHERE river_job.id = v.id AND river_job.state IN ('pending', 'available')
		RETURNING river_job.id`, named(ids))
	return setOf(known), err
}

// Drop removes rows that are done: the ledger is the history.
func (q *Queue) Drop(ctx context.Context, t database.Tx, ids []int64) error {
	if len(ids) == 0 {
		return nil
	}
	drop := `DELETE FROM river_job WHERE id IN (SELECT v.id FROM {list id bigint})`
	if database.LocksRows(t) {
		drop += unlessFetched
	}
	_, err := t.Exec(ctx, drop, named(ids))
	return err
}

// unlessFetched leaves a row alone that somebody is just fetching: that one has locked it, and wants the
// job's lock next, which who drops rows has already. It finds then that the run has ended, and drops it.
const unlessFetched = ` AND (state = 'running' OR id IN (SELECT id FROM river_job WHERE id IN (SELECT v.id FROM {list id bigint}) FOR UPDATE SKIP LOCKED))`
