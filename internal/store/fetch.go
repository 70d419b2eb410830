package store

import (
	"context"
	"time"

	"github.com/riverqueue/river/riverdriver"
)

// fetchJobs is what River calls to get work. An error is not handed on: River
// would log each one. The store says once that its database is gone, and wakes
// all queues when it is back.
func (s *Store) fetchJobs(ctx context.Context, params *riverdriver.JobGetAvailableParams) (*riverdriver.JobGetAvailableResult, error) {
	var got *riverdriver.JobGetAvailableResult
	var err error
	if s.health.down() {
		return &riverdriver.JobGetAvailableResult{}, nil
	}
	if due, err := s.anythingDue(ctx, params.Queue); !due {
		if err != nil {
			s.health.failed(s, err)
		}
		return &riverdriver.JobGetAvailableResult{}, nil
	}
	if params.Queue == deliveriesQueue {
		got, err = s.fetchDeliveries(ctx, params)
	} else {
		got, err = s.fetchRuns(ctx, params)
	}
	if err != nil {
		s.health.failed(s, err)
		return &riverdriver.JobGetAvailableResult{}, nil
	}
	return got, nil
}

// anythingDue looks before a fetch, which writes: an idle queue is polled every
// second, for months.
func (s *Store) anythingDue(ctx context.Context, queue string) (bool, error) {
	due, err := collect(ctx, s.read(), scanInt,
		`SELECT 1 FROM river_job WHERE state = 'available' AND queue = $1 AND scheduled_at <= {river now} LIMIT 1`, queue)
	return len(due) > 0, err
}

func (s *Store) fetchRuns(ctx context.Context, params *riverdriver.JobGetAvailableParams) (*riverdriver.JobGetAvailableResult, error) {
	w := s.working()
	reserved := s.slots.reserve(params.Queue)
	if reserved == 0 || w == nil {
		s.slots.settle(params.Queue, reserved, reserved, 0)
		return &riverdriver.JobGetAvailableResult{}, nil
	}
	limited := *params
	limited.MaxToLock = min(params.MaxToLock, reserved)
	var c *claiming
	err := s.write(ctx, func(ctx context.Context, t tx) error {
		got, err := s.db.fetch(ctx, t, &limited)
		if err != nil || len(got.Jobs) == 0 {
			c = &claiming{}
			return err
		}
		c = &claiming{s: s, t: t, w: w, node: s.node, now: time.Now(), fetched: got.Jobs, queue: params.Queue}
		return c.do(ctx)
	})
	if err != nil {
		s.slots.settle(params.Queue, reserved, reserved, 0)
		return nil, err
	}
	s.slots.settle(params.Queue, reserved, len(c.fetched), len(c.started))
	if len(c.fetched) == limited.MaxToLock {
		defer s.wakeHungry(s.slots.hungryNow())
	}
	return c.hand(), nil
}

// wake makes this process look into a queue.
func (s *Store) wake(queue string) {
	w := s.working()
	if w == nil {
		return
	}
	w.ensureQueue(queue)
	s.waking.add(queue)
}

func (s *Store) wakeHungry(queues []string) {
	for _, queue := range queues {
		s.waking.add(queue)
	}
}

func (s *Store) wakes() *wakes { return s.waking }

func (s *Store) working() *working {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.work
}
