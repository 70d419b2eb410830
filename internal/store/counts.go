package store

import (
	"context"

	"speckle-runner/internal/store/database"
	"speckle-runner/internal/store/queue"
)

// Counts gives how many runs wait and run now, of all nodes.
func (s *Store) Counts(ctx context.Context) (scheduled, running int64, err error) {
	found, err := database.Collect(ctx, s.db.Read(), func(r database.Rows) ([2]int64, error) {
		var c [2]int64
		return c, r.Scan(&c[0], &c[1])
	}, `SELECT (`+queue.CountRuns+`) +
		(SELECT count(*) FROM runs WHERE active = 2 AND waiting = 1), (SELECT count(*) FROM runs WHERE state = 'running')`)
	if err != nil || len(found) == 0 {
		return 0, 0, s.db.Explain(err)
	}
	return found[0][0], found[0][1], nil
}
