package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// Finish writes the end of an attempt, with the deliveries that it owes, in one
// transaction. It waits for a database that is down until ctx ends. ErrFenced: the run
// belongs to another attempt by now.
func (s *Store) Finish(ctx context.Context, c Claim, o Outcome) error {
	o.State = stateOf(o.State, nil)
	end := newEnd(c, o, o.State, o.State)
	if o.State == Interrupted && !c.direct {
		end.again(time.Now())
	}
	if run := s.running.get(c.key()); run != nil && run.claim.number == c.number {
		defer s.running.remove(run)
	}
	return s.finish(ctx, end)
}

// finish writes an end, trying again while the database is away.
func (s *Store) finish(ctx context.Context, end *runEnd) error {
	_, err := backoff.Retry(ctx, func() (struct{}, error) {
		err := s.put(ctx, &ending{run: end})
		switch {
		case errors.Is(err, ErrFenced), errors.Is(err, ErrDisplaced):
			return struct{}{}, backoff.Permanent(err)
		case err != nil:
			end.tried = true
			s.health.failed(err)
		}
		return struct{}{}, err
	}, backoff.WithBackOff(reconnectPace()), backoff.WithMaxElapsedTime(0))
	if err != nil {
		return fmt.Errorf("end of run %s: %w", end.id(), err)
	}
	return nil
}
