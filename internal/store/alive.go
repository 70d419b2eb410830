package store

import (
	"context"
	"time"

	"speckle-runner/internal/store/database"
)

// nodeRow names a node in a statement's list.
type nodeRow struct {
	Node string `json:"node"`
}

// alive waits until it is clear whether any of the nodes lives. One that beats does, which
// shows within a beat or so. One whose lease is gone is dead, and what it was doing has been
// put back; that takes until the lease has expired and this node, or another, may judge.
func (s *Store) alive(ctx context.Context, nodes []nodeRow) (bool, error) {
	first, err := s.leases(ctx, nodes)
	if err != nil || len(first) == 0 {
		return false, err
	}
	if _, ours := first[s.node]; ours {
		return true, nil
	}
	wait, cancel := context.WithTimeout(ctx, 4*s.o.times.expiry) // more than it takes to see a node dead
	defer cancel()
	look := time.NewTicker(s.o.times.beat / 4)
	defer look.Stop()
	for {
		select {
		case <-wait.Done():
			return true, ctx.Err() // no node could judge: it counts as alive
		case <-look.C:
		}
		now, err := s.leases(ctx, nodes)
		if err != nil || len(now) == 0 {
			return false, err
		}
		for node, expires := range now {
			if expires != first[node] {
				return true, nil
			}
		}
	}
}

// awaitTries waits until messages of a run that dead nodes were sending are queued again.
func (s *Store) awaitTries(ctx context.Context, job string, tick int64) error {
	nodes, err := database.Collect(ctx, s.db.Read(), func(r database.Rows) (n nodeRow, err error) {
		err = r.Scan(&n.Node)
		return n, err
	}, `SELECT DISTINCT node FROM deliveries WHERE job = $1 AND tick = $2 AND state = 'sending' AND node <> $3`, job, tick, s.node)
	if err != nil || len(nodes) == 0 {
		return s.db.Explain(err)
	}
	if err := s.lease.start(ctx, s, false); err != nil { // only a node that beats can see others dead
		return err
	}
	for _, node := range nodes { // a living one is left to send its messages
		if _, err := s.alive(ctx, []nodeRow{node}); err != nil {
			return err
		}
	}
	return nil
}

// leases gives when the leases of nodes expire, of those that have one.
func (s *Store) leases(ctx context.Context, nodes []nodeRow) (map[string]int64, error) {
	found := map[string]int64{}
	_, err := database.Collect(ctx, s.db.Read(), func(r database.Rows) (struct{}, error) {
		var node string
		var expires int64
		err := r.Scan(&node, &expires)
		found[node] = expires
		return struct{}{}, err
	}, `SELECT l.node, l.expires_at FROM {list node text} JOIN node_lease l ON l.node = v.node`, database.List(nodes))
	return found, s.db.Explain(err)
}
