package history

import (
	"context"
	"fmt"
	"time"

	"speckle-runner/internal/store/database"
)

// Pulse is what somebody who watches many jobs wants to know of each.
type Pulse struct {
	Job    string
	Failed bool      // its newest run that succeeded or failed has failed
	Judged bool      // there is such a run
	Good   time.Time // when its newest good run ended; zero: there is none
}

// Pulses gives every job of the ledger. It reads no text of any run: it is asked
// every few seconds, of thousands of jobs.
func (r Reader) Pulses(ctx context.Context) ([]Pulse, error) {
	found, err := database.Collect(ctx, r.db.Read(), func(row database.Rows) (Pulse, error) {
		var p Pulse
		var state State
		var good int64
		err := row.Scan(&p.Job, &state, &good)
		p.Judged, p.Failed = state != "", state == Failed
		if good != 0 {
			p.Good = database.FromMicros(good)
		}
		return p, err
	}, `SELECT j.job, coalesce((SELECT x.state FROM runs x WHERE x.job = j.job AND x.state IN ('succeeded', 'failed')
			ORDER BY x.tick DESC LIMIT 1), ''),
		coalesce((SELECT g.finished_at FROM runs g WHERE g.job = j.job AND g.state = 'succeeded' ORDER BY g.tick DESC LIMIT 1), 0)
		FROM jobs j`)
	if err != nil {
		return nil, fmt.Errorf("how the jobs do: %w", r.db.Explain(err))
	}
	return found, nil
}

// Post is what is to be delivered and hasn't been, nor given up.
type Post struct {
	Messages int64
	Oldest   time.Time // when the oldest one was made; zero: there is none
}

// Post counts the messages that are on their way.
func (r Reader) Post(ctx context.Context) (Post, error) {
	// Written so that SQLite sees that the index of what is owed is enough.
	found, err := database.Collect(ctx, r.db.Read(), func(row database.Rows) (Post, error) {
		var p Post
		var oldest int64
		err := row.Scan(&p.Messages, &oldest)
		if oldest != 0 {
			p.Oldest = database.FromMicros(oldest)
		}
		return p, err
	}, `SELECT count(*), coalesce(min(created_at), 0) FROM deliveries WHERE state IN ('queued', 'sending', 'failed') AND state <> 'failed'`)
	if err != nil || len(found) == 0 {
		return Post{}, r.db.Explain(err)
	}
	return found[0], nil
}
