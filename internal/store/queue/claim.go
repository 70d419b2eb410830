package queue

import (
	"context"

	"speckle-runner/internal/store/database"
)

// NewFetch is a look that no worker asked for; for tests.
func (q *Queue) NewFetch(node, name string, most int) *Fetch {
	return &Fetch{Queue: name, Most: most, q: q, node: node, begin: func([]int64) {}}
}

// FetchAtOnce gives a look into a queue to who is about to fill it, and takes from it in the same
// transaction. Begin has to follow, whatever came of it. It is nil where this process doesn't work off
// the queue by itself, or just fetches from it.
func (q *Queue) FetchAtOnce(name string) *Fetch {
	q.mu.Lock()
	workers := q.workers
	q.mu.Unlock()
	if workers == nil {
		return nil
	}
	return workers.atOnce(name)
}

// Begin ends a fetch at once: those rows are worked on from now on.
func (f *Fetch) Begin(ours []int64) { f.begin(ours) }

// Due says whether the queue holds anything that is due. It is asked before a
// fetch, which writes: an idle queue is polled every second, for months.
func (f *Fetch) Due(ctx context.Context) (bool, error) {
	due, err := database.Collect(ctx, f.q.db.Read(), database.Int,
		`SELECT 1 FROM river_job WHERE state = 'available' AND queue = $1 AND scheduled_at <= {timestamp} LIMIT 1`, f.Queue)
	return len(due) > 0, err
}

// Jobs names the jobs whose rows Take would fetch now.
func (f *Fetch) Jobs(ctx context.Context, most int) ([]string, error) {
	return database.Collect(ctx, f.q.db.Read(), database.String, `SELECT DISTINCT coalesce(due.job, '') FROM (
		SELECT args->>'job' AS job FROM river_job WHERE state = 'available' AND queue = $1 AND scheduled_at <= {timestamp}
		ORDER BY priority, scheduled_at, id LIMIT $2) AS due`, f.Queue, most)
}

// Take fetches rows. A row that can't be read is one of no job and no delivery.
func (f *Fetch) Take(ctx context.Context, t database.Tx, most int) ([]Row, error) {
	rows, err := f.q.river.fetch(ctx, t, f, most)
	if err != nil {
		return nil, err
	}
	f.q.Counted(len(rows))
	f.rows = rows
	return rows, nil
}
