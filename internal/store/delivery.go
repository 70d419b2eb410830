package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/riverqueue/river"
)

// DeliveryState is where a delivery stands.
type DeliveryState string

// The states of a delivery. Failed ones are dead: only Redeliver sends again.
const (
	DeliveryQueued    DeliveryState = "queued"
	DeliverySending   DeliveryState = "sending"
	DeliveryDelivered DeliveryState = "delivered"
	DeliveryFailed    DeliveryState = "failed"
)

// NewDelivery is a message that is owed once its run has ended.
type NewDelivery struct {
	// ID is the webhook-id, the same for each try; empty means one derived
	// from run and attempt.
	ID string
	// Kind tells the handler what to send, e.g. "output", "notify" or "heartbeat".
	Kind string
	// Target says which receiver of the job this is for. It names variables,
	// it never holds an address that is secret.
	Target string
	Body   []byte

	// Cause makes this a notice that isn't told again within Cooldown: why it is
	// told, the same words each time. Of a failure the cooldown ends with the
	// next good run, of what was undelivered when its receiver takes a run's
	// messages again. A notice that was given up was never told.
	Cause    string
	Cooldown time.Duration
	// Receiver says whom a notice or a heartbeat is for, the same from run to run.
	Receiver string
	// IfTold keeps a recovery from a receiver that heard of no failure.
	IfTold bool

	since time.Time // of what tells of a lost message: since when that was tried
}

// Delivery is a message that is due.
type Delivery struct {
	ID      string
	Run     string
	Job     string
	Tick    time.Time
	Kind    string
	Target  string
	Body    []byte
	Created time.Time
	Attempt int // 1 for the first

	queueID int64
	giveUp  time.Time
	node    string
	direct  bool
}

// DeliveryResult is how one try went: Delivered, or an error that is final or
// worth another try.
type DeliveryResult struct {
	err   error
	final bool
	after time.Duration
	owed  []NewDelivery
}

// Owing adds what is owed if the message is given up after this try: it is
// queued in the transaction that gives it up.
func (r DeliveryResult) Owing(owed []NewDelivery) DeliveryResult {
	r.owed = owed
	return r
}

// Delivered says that the receiver took it.
func Delivered() DeliveryResult { return DeliveryResult{} }

// Retry asks for another try: after the given time, or after a growing wait if
// that is zero.
func Retry(after time.Duration, err error) DeliveryResult {
	return DeliveryResult{err: err, after: after}
}

// Final says that no further try will help.
func Final(err error) DeliveryResult { return DeliveryResult{err: err, final: true} }

const (
	// deliveryPatience is how long a delivery is tried before it is dead.
	deliveryPatience = 24 * time.Hour
	firstWait        = 5 * time.Second
	longestWait      = 4 * time.Hour
	// directWait keeps the queue from sending what `runner run` is sending.
	directWait = 90 * time.Second
)

// addDeliveries writes what a run owes and queues it, in the transaction that
// ends the run. Notices that people were told lately are left out.
func (s *Store) addDeliveries(ctx context.Context, t tx, k key, attempt int, owed []NewDelivery, direct bool) error {
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
	due := now
	if direct {
		due = now.Add(directWait)
	}
	if err := s.replaceOutputs(ctx, t, k, owed); err != nil {
		return err
	}
	jobs := make([]river.InsertManyParams, len(owed))
	for i := range owed {
		if owed[i].ID == "" {
			owed[i].ID = fmt.Sprintf("%s.%d.%d", k.id(), attempt, i+1)
		}
		o := &river.InsertOpts{Queue: deliveriesQueue}
		if direct {
			o.ScheduledAt = due
		}
		jobs[i] = river.InsertManyParams{Args: deliveryArgs{owed[i].ID}, InsertOpts: o}
	}
	rivers, err := s.db.insert(ctx, t, jobs)
	if err != nil {
		return err
	}
	for i, d := range owed {
		if _, err := t.exec(ctx, `INSERT INTO deliveries (id, job, tick, seq, kind, target, body, state, river_id, created_at, give_up_at, next_at, cause, receiver, standing)
			VALUES ($1, $2, $3, $4, $5, $6, $7, 'queued', $8, $9, $10, $11, $12, $13, $14)
			ON CONFLICT (id) DO UPDATE SET body = excluded.body, state = 'queued', node = '', attempts = 0, river_id = excluded.river_id,
			  give_up_at = excluded.give_up_at, next_at = excluded.next_at, ended_at = 0, error = '',
			  cause = excluded.cause, receiver = excluded.receiver, standing = excluded.standing`,
			d.ID, k.Job, k.Tick, i+1, d.Kind, clean(d.Target), append([]byte{}, d.Body...), rivers[i], micros(now), micros(now.Add(deliveryPatience)), micros(due),
			d.cause(), d.receiver(), d.standing()); err != nil {
			return err
		}
	}
	if slices.ContainsFunc(owed, func(d NewDelivery) bool { return d.Kind == recoveryKind }) {
		if err := endFailures(ctx, t, []key{k}); err != nil { // before another good end of the batch
			return err
		}
	}
	return releaseLater(ctx, t, direct)
}

// outputKind is the kind of messages that carry a run's records.
const outputKind = "output"

// replaceOutputs forgets the messages of an earlier attempt that never
// arrived, where this one sends its own.
func (s *Store) replaceOutputs(ctx context.Context, t tx, k key, owed []NewDelivery) error {
	if !slices.ContainsFunc(owed, func(d NewDelivery) bool { return d.Kind == outputKind }) {
		return nil
	}
	rivers, err := collect(ctx, t, scanInt, `DELETE FROM deliveries WHERE job = $1 AND tick = $2 AND kind = $3 AND state IN ('queued', 'failed') RETURNING river_id`,
		k.Job, k.Tick, outputKind)
	if err != nil {
		return err
	}
	return deleteRiver(ctx, t, rivers)
}

// deliveryWait is the pause before the next try after so many.
func deliveryWait(attempt int) time.Duration {
	d := firstWait
	for range attempt - 1 {
		if d *= 3; d >= longestWait {
			return longestWait
		}
	}
	return d
}
