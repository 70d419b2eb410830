package queue

import (
	"context"
	"database/sql"

	"speckle-runner/internal/store/database"
)

// riverOnFile is River on SQLite, with two statements of our own, for what each
// due tick goes through: River's make JSON of every row, there and back, and are
// compiled anew each time. What they leave in the table is the same. Its workers
// are ours, too.
type riverOnFile struct{ *riverOn[*sql.Tx] }

type addedRow struct {
	Kind     string `json:"kind"`
	Job      string `json:"job,omitempty"`
	Tick     int64  `json:"tick,omitempty"`
	Delivery string `json:"delivery,omitempty"`
	Queue    string `json:"queue"`
	Priority int    `json:"priority"`
	Due      int64  `json:"due,omitempty"` // microseconds; 0: now
}

const insertRows = `
INSERT INTO river_job (args, created_at, kind, max_attempts, metadata, priority, queue, scheduled_at, state, tags)
SELECT CASE v.kind WHEN 'run' THEN jsonb_object('job', v.job, 'tick', v.tick) ELSE jsonb_object('id', v.delivery) END,
  {timestamp}, v.kind, $2, jsonb_object(), v.priority, v.queue, coalesce({timestamp v.due}, {timestamp}), 'available', jsonb_array()
FROM {list kind text, job text, tick bigint, delivery text, queue text, priority int, due bigint}`

func (r riverOnFile) insertFast(ctx context.Context, t database.Tx, rows []Row) error {
	added := make([]addedRow, len(rows))
	for i, row := range rows {
		added[i] = addedRow{Kind: runArgs{}.Kind(), Job: row.Job, Tick: row.Tick, Queue: row.Queue, Priority: row.priority()}
		if row.Delivery != "" {
			added[i].Kind, added[i].Delivery = deliveryArgs{}.Kind(), row.Delivery
		}
		if !row.Due.IsZero() {
			added[i].Due = database.Micros(row.Due)
		}
	}
	_, err := t.Exec(ctx, insertRows, database.List(added), riverAttempts)
	return err
}

// Arguments that somebody spoilt by hand are returned as they are, as River
// does: a row that can't be read is nobody's, and no reason to fetch none.
const takeRows = `
UPDATE river_job SET attempt = attempt + 1, attempted_at = {timestamp}, attempted_by = jsonb_array($1), state = 'running'
WHERE id IN (SELECT id FROM river_job WHERE state = 'available' AND queue = $2 AND scheduled_at <= {timestamp}
  ORDER BY priority, scheduled_at, id LIMIT $3)
RETURNING id, priority, CASE WHEN typeof(args) = 'text' AND NOT json_valid(args) THEN args ELSE json(args) END`

func (r riverOnFile) fetch(ctx context.Context, t database.Tx, f *Fetch, most int) ([]Row, error) {
	return database.Collect(ctx, t, func(found database.Rows) (Row, error) {
		var id int64
		var priority int
		var args []byte
		err := found.Scan(&id, &priority, &args)
		return rowOf(id, f.Queue, priority, args), err
	}, takeRows, f.node, f.Queue, most)
}

func (r riverOnFile) newWorkers(w *Work) (workers, error) { return newFileWorkers(r.queue, w), nil }
