package history

import (
	"context"
	"fmt"
	"time"

	"speckle-runner/internal/store/database"
)

// Owed is a message that hasn't arrived.
type Owed struct {
	Run, Job     string
	Kind, Target string
	State        DeliveryState // DeliveryQueued or DeliveryFailed
	Attempts     int
	Created      time.Time
	NextTry      time.Time // zero: it was given up
	Error        string
}

// Owed gives the messages that haven't arrived, the given up ones first, then
// the oldest; and how many there are, where that is more than the limit.
func (r Reader) Owed(ctx context.Context, limit int) (owed []Owed, all int64, err error) {
	owed, err = database.Collect(ctx, r.db.Read(), scanOwed,
		`SELECT job, tick, kind, target, state, attempts, created_at, next_at, substr(error, 1, 400), `+VersionOf("deliveries")+`
		FROM deliveries WHERE state IN ('queued', 'sending', 'failed')
		ORDER BY CASE state WHEN 'failed' THEN 0 ELSE 1 END, created_at, id LIMIT $1`, limit)
	if err == nil && len(owed) == limit {
		var counts []int64
		counts, err = database.Collect(ctx, r.db.Read(), database.Int,
			`SELECT count(*) FROM deliveries WHERE state IN ('queued', 'sending', 'failed')`)
		if len(counts) > 0 {
			all = counts[0]
		}
	}
	if err != nil {
		return nil, 0, fmt.Errorf("what is owed: %w", r.db.Explain(err))
	}
	return owed, max(all, int64(len(owed))), nil
}

func scanOwed(row database.Rows) (Owed, error) {
	var o Owed
	var tick, created, next int64
	var version string
	err := row.Scan(&o.Job, &tick, &o.Kind, &o.Target, &o.State, &o.Attempts, &created, &next, &o.Error, &version)
	o.Run, o.Created = VersionRunID(o.Job, database.FromMicros(tick), version), database.FromMicros(created)
	if o.State == DeliverySending {
		o.State = DeliveryQueued
	}
	if o.State == DeliveryQueued && next != 0 {
		o.NextTry = database.FromMicros(next)
	}
	return o, err
}

// Tally counts the runs of a time by their states.
func (r Reader) Tally(ctx context.Context, since, before time.Time) (map[State]int64, error) {
	type count struct {
		state State
		n     int64
	}
	found, err := database.Collect(ctx, r.db.Read(), func(row database.Rows) (count, error) {
		var c count
		err := row.Scan(&c.state, &c.n)
		return c, err
	}, `SELECT state, count(*) FROM runs WHERE tick >= $1 AND tick < $2 GROUP BY state`, database.Micros(since), database.Micros(before))
	if err != nil {
		return nil, fmt.Errorf("count the runs of a day: %w", r.db.Explain(err))
	}
	tally := map[State]int64{}
	for _, c := range found {
		tally[c.state] = c.n
	}
	return tally, nil
}
