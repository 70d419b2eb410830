package store

import (
	"context"
	"time"

	"speckle-runner/internal/store/database"
	"speckle-runner/internal/store/queue"
)

// Counts gives how many runs wait, and how many run, on all nodes together.
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

// Due gives how many runs, of all nodes together, are due and wait only for a free slot.
func (s *Store) Due(ctx context.Context) (int64, error) {
	found, err := database.Collect(ctx, s.db.Read(), database.Int, queue.CountDue)
	if err != nil || len(found) == 0 {
		return 0, s.db.Explain(err)
	}
	return found[0], nil
}

// Leases gives, by serving node, how long its lease lasts by the database's clock; below 0:
// it has expired, and no node has ended it yet.
func (s *Store) Leases(ctx context.Context) (map[string]time.Duration, error) {
	leases := map[string]time.Duration{}
	_, err := database.Collect(ctx, s.db.Read(), func(r database.Rows) (struct{}, error) {
		var node string
		var left int64
		err := r.Scan(&node, &left)
		leases[node] = time.Duration(left) * time.Microsecond
		return struct{}{}, err
	}, "SELECT node, expires_at - {now} FROM node_lease WHERE serve = 1")
	return leases, s.db.Explain(err)
}
