package queue

import (
	"context"
	"encoding/json"
	"time"

	"github.com/riverqueue/river"

	"speckle-runner/internal/store/database"
)

// Runs is the queue of runs of no particular server, and what all queues of
// runs begin with; Deliveries is that of messages.
const (
	Runs       = "runs"
	Deliveries = "deliveries"
)

// Row is a run or a delivery in a queue.
type Row struct {
	ID       int64 // River's
	Queue    string
	Priority int       // 1, first, to 4; else the nearest of them
	Due      time.Time // zero: now

	Job      string // of a run
	Tick     int64
	Delivery string // its id; else the row is a run
}

// runArgs is River's view of a due tick: enough to find its row.
type runArgs struct {
	Job  string `json:"job"`
	Tick int64  `json:"tick"`
}

// Kind is River's name for a due tick.
func (runArgs) Kind() string { return "run" }

// deliveryArgs is River's view of a delivery.
type deliveryArgs struct {
	ID string `json:"id"`
}

// Kind is River's name for a delivery.
func (deliveryArgs) Kind() string { return "delivery" }

func (r Row) river() river.InsertManyParams {
	o := &river.InsertOpts{Queue: r.Queue, Priority: r.priority(), ScheduledAt: r.Due}
	if r.Delivery != "" {
		return river.InsertManyParams{Args: deliveryArgs{r.Delivery}, InsertOpts: o}
	}
	return river.InsertManyParams{Args: runArgs{r.Job, r.Tick}, InsertOpts: o}
}

func (r Row) priority() int { return max(1, min(r.Priority, 4)) }

func jobsOf(rows []Row) (jobs []river.InsertManyParams, later bool) {
	jobs = make([]river.InsertManyParams, len(rows))
	for i, row := range rows {
		jobs[i], later = row.river(), later || !row.Due.IsZero()
	}
	return jobs, later
}

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

// releaseLater makes what is due later available from then on: River's own
// state for that would need its leader.
func releaseLater(ctx context.Context, t database.Tx, later bool) error {
	if !later {
		return nil
	}
	_, err := t.Exec(ctx, "UPDATE river_job SET state = 'available' WHERE state = 'scheduled'")
	return err
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
	_, err := t.Exec(ctx, `DELETE FROM river_job WHERE id IN (SELECT v.id FROM {list id bigint})`, named(ids))
	return err
}

func named(ids []int64) string {
	rows := make([]struct {
		ID int64 `json:"id"`
	}, len(ids))
	for i, id := range ids {
		rows[i].ID = id
	}
	return database.List(rows)
}

func setOf(ids []int64) map[int64]bool {
	set := make(map[int64]bool, len(ids))
	for _, id := range ids {
		set[id] = true
	}
	return set
}
