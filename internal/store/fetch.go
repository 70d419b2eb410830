package store

import (
	"context"
	"time"

	"speckle-runner/internal/store/database"
	"speckle-runner/internal/store/queue"
)

// Claim takes what this node may work on from a fetch. The store says once that
// its database is gone, and wakes all queues when it is back.
func (w *working) Claim(ctx context.Context, f *queue.Fetch) []int64 {
	if w.s.health.down() {
		return nil
	}
	due, err := f.Due(ctx)
	var ours []int64
	switch {
	case !due:
	case f.Queue == queue.Deliveries:
		ours, err = w.s.fetchDeliveries(ctx, f)
	default:
		ours, err = w.s.fetchRuns(ctx, w, f)
	}
	if err != nil {
		w.s.health.failed(err)
		return nil
	}
	return ours
}

func (s *Store) fetchRuns(ctx context.Context, w *working, f *queue.Fetch) ([]int64, error) {
	reserved := s.slots.Reserve(f.Queue)
	if reserved == 0 {
		s.slots.Settle(f.Queue, 0, 0, 0)
		return nil, nil
	}
	most := min(f.Most, reserved)
	a := s.newAnswers(w)
	if err := a.foresee(ctx, f, most); err != nil {
		s.slots.Settle(f.Queue, reserved, reserved, 0)
		return nil, err
	}
	var c *claiming
	err := a.write(ctx, func(ctx context.Context, t database.Tx) error {
		c = &claiming{s: s, t: t, a: a, node: s.node, now: time.Now(), queue: f.Queue}
		var err error
		if c.fetched, err = f.Take(ctx, t, most); err != nil || len(c.fetched) == 0 {
			return err
		}
		return c.do(ctx)
	})
	if err != nil {
		s.slots.Settle(f.Queue, reserved, reserved, 0)
		return nil, err
	}
	s.slots.Settle(f.Queue, reserved, len(c.fetched), len(c.started))
	if len(c.fetched) == most {
		defer s.wakeHungry(s.slots.Hungry())
	}
	return c.committed(), nil
}

func (s *Store) wakeHungry(queues []string) {
	for _, name := range queues {
		s.queue.Wake(name)
	}
}
