package queue

import (
	"context"
	"encoding/json"

	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/rivertype"

	"speckle-runner/internal/store/database"
)

// Claimer decides what of a queue this process works on.
type Claimer interface {
	// Claim takes what it can from a fetch, in its own transaction, and gives the
	// ids of the rows that are worked on here. An error it keeps to itself: River
	// would log each one.
	Claim(ctx context.Context, f *Fetch) []int64
}

// Fetch is one look into a queue.
type Fetch struct {
	Queue string
	Most  int // rows that the workers have room for

	q      *Queue
	params *riverdriver.JobGetAvailableParams
	taken  []*rivertype.JobRow
}

// NewFetch is a look that no worker asked for; for tests.
func (q *Queue) NewFetch(node, name string, most int) *Fetch {
	return &Fetch{Queue: name, Most: most, q: q, params: &riverdriver.JobGetAvailableParams{ClientID: node, MaxAttemptedBy: 10, Queue: name}}
}

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
	limited := *f.params
	limited.MaxToLock = most
	jobs, err := f.q.river.fetch(ctx, t, &limited)
	if err != nil {
		return nil, err
	}
	f.q.Counted(len(jobs))
	f.taken = jobs
	rows := make([]Row, len(jobs))
	for i, job := range jobs {
		rows[i] = Row{ID: job.ID, Queue: job.Queue, Priority: job.Priority}
		var either struct {
			runArgs
			deliveryArgs
		}
		if json.Unmarshal(job.EncodedArgs, &either) == nil {
			rows[i].Job, rows[i].Tick, rows[i].Delivery = either.Job, either.Tick, either.ID
		}
	}
	return rows, nil
}

// claim is what River calls to get work.
func (q *Queue) claim(ctx context.Context, params *riverdriver.JobGetAvailableParams) []*rivertype.JobRow {
	q.mu.Lock()
	work := q.work
	q.mu.Unlock()
	if work == nil {
		return nil
	}
	f := &Fetch{Queue: params.Queue, Most: params.MaxToLock, q: q, params: params}
	ours := setOf(work.Claim(ctx, f))
	var jobs []*rivertype.JobRow
	for _, job := range f.taken {
		if ours[job.ID] {
			jobs = append(jobs, job)
		}
	}
	return jobs
}
