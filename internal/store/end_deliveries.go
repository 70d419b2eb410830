package store

import (
	"context"
	"time"

	"speckle-runner/internal/store/database"
	"speckle-runner/internal/store/queue"
)

// endDeliveries writes the ends of tries, in a batch with ends of runs.
func (s *Store) endDeliveries(ctx context.Context, t database.Tx, ends []*deliveryEnd) ([]func(), error) {
	var done []int64
	var arrived []deliveryID
	var back []requeueRow
	var tries []tryRow
	var after []func()
	now := time.Now()
	for _, e := range ends {
		ended := int64(0)
		if e.state != DeliveryQueued {
			ended = database.Micros(now)
		}
		// The body of a message that has arrived isn't needed any more, and may be large.
		n, err := t.Exec(ctx, `UPDATE deliveries SET state = $3, next_at = $4, ended_at = $5, error = $6, note = $8, tried_at = $9, took = $10,
			  body = CASE WHEN $3 = 'delivered' THEN '' ELSE body END
			WHERE id = $1 AND node = $2 AND state = 'sending' AND claim = $7`,
			e.id, e.node, string(e.state), database.Micros(e.next), ended, e.message, e.claim, e.note,
			database.Micros(e.began), e.took.Microseconds())
		if err != nil {
			return nil, err
		}
		if n == 0 {
			e.fenced, err = deliveryFenced(ctx, t, e)
			if err != nil {
				return nil, err
			}
			continue
		}
		if row, needed := e.row(); needed {
			tries = append(tries, row)
		}
		switch e.state {
		case DeliveryDelivered:
			arrived = append(arrived, deliveryID{e.id})
		case DeliveryFailed:
			if err := s.addDeliveries(ctx, t, e.key(), e.attempt, e.owed, e.direct); err != nil {
				return nil, err
			}
			after = append(after, func() { s.gaveUp(e) })
		}
		if e.state != DeliveryQueued {
			done = append(done, e.queueID)
			continue
		}
		back = append(back, requeueRow{delivery: e.id, Return: queue.Return{ID: e.queueID, DueAt: database.Micros(e.next),
			Failure: queue.Failure(now, e.attempt, e.message)}, queue: queue.Deliveries, priority: 1})
		after = append(after, func() { s.putOff(e) })
	}
	if err := keepTries(ctx, t, tries); err != nil {
		return nil, err
	}
	if err := endUndelivered(ctx, t, arrived); err != nil {
		return nil, err
	}
	if err := s.queue.Drop(ctx, t, done); err != nil {
		return nil, err
	}
	return after, s.requeue(ctx, t, back)
}

// deliveryFenced reports whether the delivery belongs to another try. False: an earlier
// write of this same end was committed, although its answer was lost.
func deliveryFenced(ctx context.Context, t database.Tx, e *deliveryEnd) (bool, error) {
	if !e.tried {
		return true, nil
	}
	same, err := database.Collect(ctx, t, database.Int, `SELECT 1 FROM deliveries WHERE id = $1 AND node = $2 AND claim = $3 AND state = $4`,
		e.id, e.node, e.claim, string(e.state))
	return len(same) == 0, err
}

// putOff logs when a message is sent again, and wakes the queue then.
func (s *Store) putOff(e *deliveryEnd) {
	s.queue.WakeAt(queue.Deliveries, e.next)
	if e.direct || e.of.Target == "" { // the command says it itself; the row couldn't be read
		return
	}
	s.log.Warn().Str("job", e.of.Job).Str("run", e.of.Run).Str("delivery", e.id).Str("kind", e.of.Kind).
		Int("try", e.attempt).Str("error", e.message).
		Msg("delivery to " + e.of.Target + " failed, and is tried again at " + e.next.UTC().Format(time.RFC3339))
}

// gaveUp logs that a message was given up, and wakes the queue for the notices about it.
func (s *Store) gaveUp(e *deliveryEnd) {
	if e.direct {
		return // the command says it itself, and sends the notices
	}
	s.log.Warn().Str("job", e.of.Job).Str("run", e.of.Run).Str("delivery", e.id).Str("kind", e.of.Kind).
		Int("tries", e.attempt).Str("error", e.message).
		Msg("given up: the message to " + e.of.Target + "; runner redeliver sends it again")
	if len(e.owed) > 0 {
		s.queue.Wake(queue.Deliveries)
	}
}
