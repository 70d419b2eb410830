package store

import (
	"context"
	"time"

	"speckle-runner/internal/store/database"
	"speckle-runner/internal/store/queue"
)

// Claim claims what this node may work on of a fetch, and gives the queue's ids of that.
// While the database is down it fetches nothing; health wakes all queues when it is back.
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
	a := s.newAnswers(w)
	k := s.take(a, f)
	if k == nil {
		return nil, nil
	}
	err := a.askAhead(ctx, f, k.most)
	if err == nil {
		err = a.write(ctx, k.do)
	}
	return k.end(err), err
}

// taking takes runs from a queue in one transaction, with slots reserved for them.
type taking struct {
	s *Store
	a *answers
	*queue.Fetch

	reserved, most int
	claiming       *claiming // of the transaction's last try
}

// take reserves slots for taking from a queue; nil: no slot is free.
func (s *Store) take(a *answers, f *queue.Fetch) *taking {
	reserved := s.slots.Reserve(f.Queue)
	if reserved == 0 {
		s.slots.Settle(f.Queue, 0, 0, 0)
		return nil
	}
	return &taking{s: s, a: a, Fetch: f, reserved: reserved, most: min(f.Most, reserved)}
}

// do fetches and claims.
func (k *taking) do(ctx context.Context, t database.Tx) (err error) {
	c := &claiming{s: k.s, t: t, a: k.a, node: k.s.node, now: time.Now(), queue: k.Queue}
	k.claiming = c
	c.fetched, err = k.Take(ctx, t, k.most)
	if err != nil || len(c.fetched) == 0 {
		return err
	}
	return c.do(ctx)
}

// end gives back the slots that aren't needed, and gives the queue's ids of the runs that run here now.
// err is the transaction's.
func (k *taking) end(err error) []int64 {
	if err != nil {
		k.s.slots.Settle(k.Queue, k.reserved, k.reserved, 0)
		return nil
	}
	c := k.claiming
	k.s.slots.Settle(k.Queue, k.reserved, len(c.fetched), len(c.started))
	if !k.emptied() {
		defer k.s.wakeHungry(k.s.slots.Hungry())
	}
	return c.committed()
}

// emptied reports whether nothing due is left in the queue.
func (k *taking) emptied() bool { return len(k.claiming.fetched) < k.most }

func (s *Store) wakeHungry(queues []string) {
	for _, name := range queues {
		s.queue.Wake(name)
	}
}
