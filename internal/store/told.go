package store

import (
	"context"
	"time"
)

// LastOwed gives when a job last came to owe a message of a kind, zero if it
// never did: a cooldown asks.
func (s *Store) LastOwed(ctx context.Context, job, kind string) (time.Time, error) {
	found, err := collect(ctx, s.read(), scanInt, `SELECT coalesce(max(created_at), 0) FROM deliveries WHERE job = $1 AND kind = $2`, job, kind)
	if err != nil || len(found) == 0 {
		return time.Time{}, s.db.explain(err)
	}
	return fromMicros(found[0]), nil
}
