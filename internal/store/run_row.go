package store

import (
	"time"

	"speckle-runner/internal/store/database"
	"speckle-runner/internal/store/queue"
)

// runRow is a new run as it is written.
type runRow struct {
	key
	State      State   `json:"state"`
	Active     int     `json:"active"`
	Waiting    int     `json:"waiting"`
	Via        Trigger `json:"via"`
	Queue      string  `json:"queue"`
	Priority   int     `json:"priority"`
	Server     string  `json:"server"`
	Generation string  `json:"generation"`
	QueryHash  string  `json:"query_hash"`
	CreatedAt  int64   `json:"created_at"`
	DueAt      int64   `json:"due_at"`
	FinishedAt int64   `json:"finished_at"`
	Error      string  `json:"error"`
	Follows    int64   `json:"follows"`

	delay time.Duration
}

// stamp sets a row's times by the database's clock.
func (r *runRow) stamp(now int64) {
	r.CreatedAt, r.DueAt = now, now+r.delay.Microseconds()
	if r.State != Scheduled {
		r.DueAt, r.FinishedAt = r.Tick, now
	}
}

// queued is a run as the queue has it.
func (r *runRow) queued() queue.Row {
	row := queue.Row{Queue: r.Queue, Priority: r.Priority, Job: r.Job, Tick: r.Tick}
	if r.DueAt > r.CreatedAt {
		row.Due = database.FromMicros(r.DueAt)
	}
	return row
}
