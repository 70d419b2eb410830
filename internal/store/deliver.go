package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"time"

	"github.com/cenkalti/backoff/v5"

	"speckle-runner/internal/owed"
	"speckle-runner/internal/store/database"
	"speckle-runner/internal/store/history"
	"speckle-runner/internal/store/queue"
)

const claimDeliveries = `
UPDATE deliveries SET state = 'sending', node = $2, attempts = attempts + 1, claim = claim + 1, tried_at = $3
FROM {list id text}
WHERE deliveries.id = v.id AND deliveries.state = 'queued'
RETURNING deliveries.id, deliveries.claim, deliveries.attempts`

// fetchDeliveries claims deliveries in the ledger in the transaction that
// fetches them from the queue.
func (s *Store) fetchDeliveries(ctx context.Context, f *queue.Fetch) (ours []int64, err error) {
	mine := map[string]try{}
	err = s.db.Write(ctx, func(ctx context.Context, t database.Tx) error {
		ours = nil
		clear(mine)
		fetched, err := f.Take(ctx, t, f.Most)
		if err != nil || len(fetched) == 0 {
			return err
		}
		// Without a lease the claims would be swept at once, and rows that another process has
		// claimed would look like ones that nobody owes any more.
		if held, err := database.Collect(ctx, t, database.Int, `SELECT 1 FROM node_lease WHERE node = $1`, s.node); err != nil || len(held) == 0 {
			return cmp.Or(err, fmt.Errorf("claim deliveries: node %s has no lease", s.node))
		}
		named := make([]deliveryID, len(fetched))
		for i, row := range fetched {
			named[i] = deliveryID{row.Delivery}
		}
		if err := notMissed(ctx, t, named); err != nil {
			return err
		}
		if _, err := database.Collect(ctx, t, func(r database.Rows) (struct{}, error) {
			var id string
			var one try
			err := r.Scan(&id, &one.claim, &one.attempt)
			mine[id] = one
			return struct{}{}, err
		}, claimDeliveries, database.List(named), s.node, database.Micros(time.Now())); err != nil {
			return err
		}
		var gone []int64
		taken := map[string]bool{}
		for _, row := range fetched {
			if _, ok := mine[row.Delivery]; ok && !taken[row.Delivery] {
				taken[row.Delivery] = true
				ours = append(ours, row.ID)
			} else { // delivered, given up, not true any more, or being sent by a command
				gone = append(gone, row.ID)
			}
		}
		return s.queue.Drop(ctx, t, gone)
	})
	if err != nil {
		return nil, err
	}
	for id, one := range mine {
		s.sending.add(id, one)
	}
	return ours, nil
}

// deliver sends one delivery of the queue once.
func (w *working) deliver(queueID int64, id string) {
	s := w.s
	one, ours := s.sending.begin(id)
	if !ours {
		return
	}
	defer s.sending.remove(id, one.claim)
	ctx, stop := context.WithCancelCause(w.hard)
	defer stop(nil)
	defer context.AfterFunc(w.ctx, func() { // at a stop, a try gets the drain time, too
		time.AfterFunc(w.o.Drain, func() { stop(ErrShutdown) })
	})()
	d, err := s.loadDelivery(ctx, id)
	if err != nil {
		s.health.failed(err)
		d = &Delivery{Message: owed.Message{ID: id}, giveUp: time.Now().Add(deliveryPatience), claim: one.claim}
	}
	if d.claim != one.claim {
		return // another try has claimed it meanwhile
	}
	d.queueID, d.node, d.Attempt = queueID, s.node, one.attempt
	result := Retry(0, err)
	if err == nil {
		result = send(ctx, w.o.Deliver, *d)
	}
	if err := s.finishDelivery(w.hard, d, result); err != nil && !errors.Is(err, ErrFenced) {
		s.log.Warn().Str("delivery", d.ID).Str("error",
			database.Clean(err.Error())).Msg("the end of a delivery was not written; it will be sent again")
	}
}

// send calls the handler. A panic is a failed try.
func send(ctx context.Context, handler func(context.Context, Delivery) DeliveryResult, d Delivery) (result DeliveryResult) {
	began := time.Now()
	defer func() {
		if p := recover(); p != nil {
			result = Retry(0, fmt.Errorf("panic: %v\n%s", p, debug.Stack()))
		}
		result.began, result.took = began, time.Since(began)
	}()
	return handler(ctx, d)
}

// finishDelivery writes how a try ended, trying again while the database is away.
func (s *Store) finishDelivery(ctx context.Context, d *Delivery, r DeliveryResult) error {
	end := &deliveryEnd{
		id: d.ID, queueID: d.queueID, node: d.node, claim: d.claim, attempt: d.Attempt, state: DeliveryDelivered, of: d, direct: d.direct,
		began: r.began, took: r.took, refused: r.final,
	}
	if end.began.IsZero() { // the delivery couldn't be read, so nothing was sent
		end.began = time.Now()
	}
	end.note = shown(r.note, maxError)
	if r.err != nil {
		end.message = shown(r.err.Error(), maxError)
		wait := r.after
		switch {
		case wait <= 0:
			wait = deliveryWait(d.Attempt)
		case !d.direct && d.Attempt > briefTries:
			wait = max(wait, leastWait)
		}
		end.state, end.next = DeliveryQueued, time.Now().Add(min(wait, deliveryPatience))
		if r.final || end.next.After(d.giveUp) {
			end.state = DeliveryFailed
			end.owed = slices.Clone(r.owed)
			for i := range end.owed {
				end.owed[i].Since = d.giveUp.Add(-deliveryPatience)
			}
		}
	}
	_, err := backoff.Retry(ctx, func() (struct{}, error) {
		err := s.put(ctx, &ending{delivery: end})
		if errors.Is(err, ErrFenced) {
			return struct{}{}, backoff.Permanent(err)
		}
		end.tried = end.tried || err != nil
		return struct{}{}, err
	}, backoff.WithBackOff(reconnectPace()), backoff.WithMaxElapsedTime(0))
	return err
}

var deliveryColumns = `id, job, tick, kind, target, body, attempts, claim, river_id, created_at, give_up_at, ` +
	history.VersionOf("deliveries")

func scanDelivery(r database.Rows) (Delivery, error) {
	var d Delivery
	var tick, created, giveUp int64
	var version string
	err := r.Scan(&d.ID, &d.Job, &tick, &d.Kind, &d.Target, &d.Body, &d.Attempt, &d.claim, &d.queueID, &created, &giveUp, &version)
	d.Tick, d.Created, d.giveUp = database.FromMicros(tick), database.FromMicros(created), database.FromMicros(giveUp)
	d.Run = VersionRunID(d.Job, d.Tick, version)
	return d, err
}

func (s *Store) loadDelivery(ctx context.Context, id string) (*Delivery, error) {
	found, err := database.Collect(ctx, s.db.Read(), scanDelivery, `SELECT `+deliveryColumns+` FROM deliveries WHERE id = $1`, id)
	if err != nil {
		return nil, s.db.Explain(err)
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("delivery %s: %w", id, ErrNotFound)
	}
	return &found[0], nil
}

// Deliver sends what a run owes, from this process and without the queue, for
// `runner run` and `runner redeliver`. It ends when all messages are delivered or given
// up, when no receiver with messages left has taken one within patience, or when ctx
// ends: what is left waits in the queue. A try under way may finish.
func (s *Store) Deliver(
	ctx context.Context, run string, patience time.Duration, handler func(context.Context, Delivery) DeliveryResult,
) (Sent, error) {
	k, err := s.keyOf(ctx, run)
	if err != nil {
		return Sent{}, fmt.Errorf("deliver %s: %w", run, err)
	}
	if err := s.lease.start(ctx, s, false); err != nil {
		return Sent{}, fmt.Errorf("deliver %s: %w", run, err)
	}
	last := context.WithoutCancel(ctx)
	if err := s.awaitTries(ctx, k.Job, k.Tick); err != nil && ctx.Err() == nil {
		return Sent{}, fmt.Errorf("deliver %s: %w", run, err)
	}
	tried := &receivers{patience: patience, since: map[string]time.Time{}}
	for {
		d, next, err := s.claimOne(last, k.Job, k.Tick, tried)
		if err != nil {
			return Sent{}, fmt.Errorf("deliver %s: %w", run, err)
		}
		if d != nil {
			tried.begin(d.Target, time.Now())
			result := send(ctx, handler, *d)
			err := s.finishDelivery(last, d, result)
			s.sending.remove(d.ID, d.claim)
			if err != nil && !errors.Is(err, ErrFenced) {
				return Sent{}, fmt.Errorf("deliver %s: %w", run, err)
			}
			tried.end(d.Target, result.err == nil, time.Now())
			if ctx.Err() == nil {
				continue
			}
		}
		if next.IsZero() || ctx.Err() != nil {
			return s.sent(last, k.Job, k.Tick, tried.stopped)
		}
		select {
		case <-ctx.Done():
		case <-time.After(time.Until(next)):
		}
	}
}

// claimOne claims one of a run's deliveries to a receiver that isn't stopped, or says when
// the next may be tried. One that was never tried is due at once: the pause in its row
// (directWait) only keeps the queue from sending it.
func (s *Store) claimOne(ctx context.Context, job string, tick int64, tried *receivers) (d *Delivery, next time.Time, err error) {
	waiting := map[string]time.Time{}
	err = s.db.Write(ctx, func(ctx context.Context, t database.Tx) error {
		d = nil
		clear(waiting)
		now := database.Micros(time.Now())
		found, err := database.Collect(ctx, t,
			scanDelivery, `UPDATE deliveries SET state = 'sending', node = $4, attempts = attempts + 1, claim = claim + 1, tried_at = $5
			WHERE id = (SELECT id FROM deliveries WHERE job = $2 AND tick = $3 AND state = 'queued' AND (attempts = 0 OR next_at <= $5)
			  AND target NOT IN (SELECT v.target FROM {list target text}) ORDER BY seq, id LIMIT 1 {for update})
			RETURNING `+deliveryColumns, database.List(tried.named()), job, tick, s.node, now)
		if err != nil {
			return err
		}
		if len(found) > 0 {
			d = &found[0]
			d.node, d.direct = s.node, true
			return nil
		}
		_, err = database.Collect(ctx, t, func(r database.Rows) (struct{}, error) {
			var target string
			var at int64
			err := r.Scan(&target, &at)
			waiting[target] = database.FromMicros(at)
			return struct{}{}, err
		}, `SELECT target, min(next_at) FROM deliveries WHERE job = $2 AND tick = $3 AND state = 'queued'
			AND target NOT IN (SELECT v.target FROM {list target text}) GROUP BY target`, database.List(tried.named()), job, tick)
		return err
	})
	if err != nil || d != nil {
		if d != nil && err == nil {
			s.sending.add(d.ID, try{claim: d.claim, attempt: d.Attempt, begun: true})
		}
		return d, time.Time{}, err
	}
	return nil, tried.waits(waiting, time.Now()), nil
}

// sent counts what is left of a run's messages, and names those of the stopped receivers
// that messages still wait for: not the ones whose messages were all given up.
func (s *Store) sent(ctx context.Context, job string, tick int64, stopped []string) (Sent, error) {
	var out Sent
	_, err := database.Collect(ctx, s.db.Read(), func(r database.Rows) (struct{}, error) {
		var target string
		var left, waiting int
		err := r.Scan(&target, &left, &waiting)
		out.Left += left
		if waiting > 0 && slices.Contains(stopped, target) {
			out.Stopped = append(out.Stopped, target)
		}
		return struct{}{}, err
	}, `SELECT target, count(*), count(CASE WHEN state <> 'failed' THEN 1 END) FROM deliveries
		WHERE job = $1 AND tick = $2 AND state NOT IN ('delivered', 'forgotten') GROUP BY target ORDER BY target`, job, tick)
	return out, s.db.Explain(err)
}

// Redeliver queues again what could not be delivered, and makes due now what waits for its
// next try. It gives how many deliveries will be sent.
func (s *Store) Redeliver(ctx context.Context, run string) (int, error) {
	k, err := s.keyOf(ctx, run)
	if err != nil {
		return 0, fmt.Errorf("redeliver %s: %w", run, err)
	}
	if err := s.awaitTries(ctx, k.Job, k.Tick); err != nil {
		return 0, fmt.Errorf("redeliver %s: %w", run, err)
	}
	var back []requeueRow
	now := time.Now()
	err = s.db.Write(ctx, func(ctx context.Context, t database.Tx) error {
		back = nil
		if known, err := database.Collect(ctx, t, database.Int, `SELECT 1 FROM runs WHERE job = $1 AND tick = $2`, k.Job, k.Tick); err != nil ||
			len(known) == 0 {
			return errors.Join(err, ErrNotFound)
		}
		_, err := database.Collect(ctx, t, func(r database.Rows) (struct{}, error) {
			row := requeueRow{Return: queue.Return{DueAt: database.Micros(now)}, queue: queue.Deliveries, priority: 1}
			var attempts int
			err := r.Scan(&row.delivery, &row.ID, &attempts)
			row.Failure = queue.Failure(now, attempts, "sent again on request")
			back = append(back, row)
			return struct{}{}, err
		}, `UPDATE deliveries SET state = 'queued', node = '', next_at = $3, ended_at = 0, give_up_at = $4, asked_at = $3
			WHERE job = $1 AND tick = $2 AND state IN ('failed', 'queued') RETURNING id, river_id, attempts`,
			k.Job, k.Tick, database.Micros(now), database.Micros(now.Add(deliveryPatience)))
		if err != nil {
			return err
		}
		return s.requeue(ctx, t, back)
	})
	if err != nil {
		return 0, fmt.Errorf("redeliver %s: %w", run, err)
	}
	s.queue.Wake(queue.Deliveries)
	return len(back), nil
}
