package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"speckle-runner/internal/owed"
	"speckle-runner/internal/store/database"
	"speckle-runner/internal/store/marks"
	"speckle-runner/internal/store/queue"
)

// directWait is for how long the queue leaves a message alone that a command sends itself.
const directWait = 90 * time.Second

// addDeliveries writes what a run owes and queues it, in the transaction that
// ends the run. Notices that people were told lately are left out.
func (s *Store) addDeliveries(ctx context.Context, t database.Tx, k key, attempt int, owed []NewDelivery, direct bool) error {
	if len(owed) == 0 {
		return nil
	}
	now := time.Now()
	owed, err := worthTelling(ctx, t, k, owed, now)
	if err != nil || len(owed) == 0 {
		return err
	}
	if err := withdraw(ctx, t, k, owed); err != nil {
		return err
	}
	replaced, err := s.replaceOutputs(ctx, t, k, owed)
	if err != nil {
		return err
	}
	name, err := k.name(ctx, t)
	if err != nil {
		return err
	}
	jobs := make([]queue.Row, len(owed))
	for i := range owed {
		if owed[i].ID == "" {
			owed[i].ID = fmt.Sprintf("%s.%d.%d", name, attempt, i+1)
		}
		jobs[i] = queue.Row{Queue: queue.Deliveries, Delivery: owed[i].ID}
		if due := s.sendsAt(t, owed[i], now, direct); due.After(now) {
			jobs[i].Due = due
		}
	}
	ids, err := s.queue.AddNumbered(ctx, t, jobs)
	if err != nil {
		return err
	}
	for i, d := range owed {
		if _, err := t.Exec(ctx, `INSERT INTO deliveries (id, job, tick, seq, kind, target, body, state, river_id, created_at, give_up_at, next_at,
			  output, cause, receiver, standing)
			VALUES ($1, $2, $3, $4, $5, $6, $7, 'queued', $8, $9, $10, $11, $12, $13, $14, $15)
			ON CONFLICT (id) DO UPDATE SET body = excluded.body, output = excluded.output, state = 'queued', node = '', attempts = 0,
			  river_id = excluded.river_id,
			  give_up_at = excluded.give_up_at, next_at = excluded.next_at, ended_at = 0, error = '', note = '',
			  tried_at = 0, took = 0, asked_at = 0,
			  cause = excluded.cause, receiver = excluded.receiver, standing = excluded.standing`,
			d.ID, k.Job, k.Tick, i+1, d.Kind, database.Clean(d.Target), append([]byte{}, d.Body...), ids[i], database.Micros(now),
			database.Micros(now.Add(deliveryPatience)), database.Micros(s.sendsAt(t, d, now, direct)),
			outputOf(d), causeOf(d), receiverOf(d), standing(d)); err != nil {
			return err
		}
	}
	if slices.ContainsFunc(owed, func(d NewDelivery) bool { return d.Kind == recoveryKind }) {
		if err := endFailures(ctx, t, []key{k}); err != nil { // before another good end of the batch
			return err
		}
	}
	return keepClaims(ctx, t, replaced)
}

// sendsAt is when the queue sends a message at the earliest.
func (s *Store) sendsAt(t database.Tx, d NewDelivery, now time.Time, direct bool) time.Time {
	switch {
	case direct:
		return now.Add(directWait)
	case d.Kind == missedKind && database.LocksRows(t):
		return now.Add(s.o.times.missed)
	default:
		return now
	}
}

// keepClaims lets a message that replaces one with the same id go on with the numbers of
// its claims, so that a late end of the earlier message isn't taken for one of its own.
func keepClaims(ctx context.Context, t database.Tx, replaced []triedRow) error {
	if len(replaced) == 0 {
		return nil
	}
	_, err := t.Exec(ctx, `UPDATE deliveries SET claim = v.claim FROM {list id text, claim bigint} WHERE deliveries.id = v.id AND deliveries.claim < v.claim`, database.List(replaced))
	return err
}

// outputOf names the output of a message as marks do.
func outputOf(d NewDelivery) string {
	if d.Kind == owed.KindOutput && d.Output == "" {
		return marks.AnyOutput
	}
	return database.Clean(d.Output)
}

// replaceOutputs removes the messages of an earlier attempt that never arrived, with their
// marks, where this attempt sends its own.
func (s *Store) replaceOutputs(ctx context.Context, t database.Tx, k key, queued []NewDelivery) ([]triedRow, error) {
	if !slices.ContainsFunc(queued, func(d NewDelivery) bool { return d.Kind == owed.KindOutput }) {
		return nil, nil
	}
	var rows []int64
	var outputs []string
	replaced, err := database.Collect(ctx, t, func(r database.Rows) (one triedRow, err error) {
		var id int64
		var output string
		err = r.Scan(&one.ID, &one.Claim, &id, &output)
		rows, outputs = append(rows, id), append(outputs, output)
		return one, err
	}, `DELETE FROM deliveries WHERE job = $1 AND tick = $2 AND kind = $3 AND (state = 'queued' OR `+marks.GivenUp+
		`) RETURNING id, claim, river_id, output`,
		k.Job, k.Tick, owed.KindOutput)
	if err != nil {
		return nil, err
	}
	gone := make([]goneMessage, len(replaced))
	for i, one := range replaced {
		gone[i] = goneMessage{k, one.ID}
	}
	if err := dropTries(ctx, t, gone); err != nil {
		return nil, err
	}
	if err := marks.TakeBack(ctx, t, marks.Ended{Job: k.Job, Tick: k.Tick}, outputs); err != nil {
		return nil, err
	}
	return replaced, s.queue.Drop(ctx, t, rows)
}
