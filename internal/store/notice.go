package store

import (
	"context"
	"time"

	"speckle-runner/internal/store/database"
	"speckle-runner/internal/store/marks"
)

// Kinds of messages that the ledger treats differently. A notice of a failure stands until
// a good run, one of an undelivered message until its receiver has taken a run's messages
// again.
const (
	failureKind     = "failure"
	recoveryKind    = "recovery"
	undeliveredKind = "undelivered"
	heartbeatKind   = "heartbeat"
	missedKind      = "missed"
)

// worthTelling leaves out what people needn't hear, or hear again. It is called in the
// transaction that queues the rest, so that exactly what is queued or has arrived counts
// as told.
func worthTelling(ctx context.Context, t database.Tx, k key, owed []NewDelivery, now time.Time) ([]NewDelivery, error) {
	kept := make([]NewDelivery, 0, len(owed))
	for _, d := range owed {
		needless := false
		var err error
		switch {
		case d.Kind == recoveryKind && d.Receiver != "":
			needless, err = heardNoFailure(ctx, t, k, d)
		case d.Cause != "":
			needless, err = toldLately(ctx, t, k, d, now)
		}
		if err != nil {
			return nil, err
		}
		if !needless {
			kept = append(kept, d)
		}
	}
	return kept, nil
}

// toldLately reports whether a receiver was told of a cause within the cooldown, and the
// trouble wasn't over since. Of several messages of a run that are given up it is told
// once, however long each of them was tried.
func toldLately(ctx context.Context, t database.Tx, k key, d NewDelivery, now time.Time) (bool, error) {
	found, err := database.Collect(ctx, t, database.Int,
		`SELECT 1 FROM deliveries WHERE job = $1 AND kind = $2 AND cause = $3 AND cause <> '' AND receiver = $4 AND NOT `+marks.GivenUp+`
		AND (created_at > $5 AND standing = $6 OR tick = $7 AND created_at >= $8 AND $8 > 0) LIMIT 1`,
		k.Job, d.Kind, causeOf(d), receiverOf(d), database.Micros(now.Add(-d.Cooldown)), standing(d), k.Tick, database.Micros(d.Since))
	return len(found) > 0, err
}

// heardNoFailure reports whether a recovery ends no failure for its receiver. One that is
// told of failures (IfTold) must have heard of one; for others there must have been one.
func heardNoFailure(ctx context.Context, t database.Tx, k key, d NewDelivery) (bool, error) {
	statement, args := `SELECT 1 FROM deliveries WHERE job = $1 AND tick <= $2 AND kind = 'failure' AND standing = 1 AND receiver IN ($3, '') AND NOT `+marks.GivenUp+` LIMIT 1`,
		[]any{k.Job, k.Tick, receiverOf(d)}
	if !d.IfTold {
		statement, args = `SELECT 1 FROM runs WHERE job = $1 AND state = 'failed'
			AND tick = (SELECT max(tick) FROM runs WHERE job = $1 AND tick < $2 AND state IN ('succeeded', 'failed'))`, args[:2]
	}
	found, err := database.Collect(ctx, t, database.Int, statement, args...)
	return len(found) == 0, err
}

// withdraw removes waiting messages that would be wrong after those that are queued now: the
// last heartbeat must be about the newest end, and no recovery may follow a failure. Their
// rows in the queue are dropped when they are fetched.
func withdraw(ctx context.Context, t database.Tx, k key, queued []NewDelivery) error {
	for _, d := range queued {
		kind := map[string]string{heartbeatKind: heartbeatKind, failureKind: recoveryKind}[d.Kind]
		if kind == "" || d.Receiver == "" {
			continue
		}
		gone, err := database.Collect(ctx, t, func(r database.Rows) (one goneMessage, err error) {
			err = r.Scan(&one.Job, &one.Tick, &one.ID)
			return one, err
		}, `DELETE FROM deliveries WHERE job = $1 AND kind = $2 AND receiver = $3 AND receiver <> '' AND state = 'queued' AND tick <= $4
			RETURNING job, tick, id`, k.Job, kind, receiverOf(d), k.Tick)
		if err != nil {
			return err
		}
		if err := dropTries(ctx, t, gone); err != nil {
			return err
		}
	}
	return nil
}

// ranAfterAll is how close in time ticks were written as missed that one notice tells of.
const ranAfterAll = time.Minute

// notMissed removes those of these messages that tell of a missed tick which another node
// was in time with. One that tells of other ticks, too, stays.
func notMissed(ctx context.Context, t database.Tx, ids []deliveryID) error {
	if !database.LocksRows(t) {
		return nil // there is no other node
	}
	gone, err := database.Collect(ctx, t, func(r database.Rows) (one goneMessage, err error) {
		err = r.Scan(&one.Job, &one.Tick, &one.ID)
		return one, err
	}, `DELETE FROM deliveries WHERE id IN (SELECT v.id FROM {list id text}) AND kind = '`+missedKind+`' AND state = 'queued' AND attempts = 0
		AND EXISTS (SELECT 1 FROM runs r WHERE r.job = deliveries.job AND r.tick = deliveries.tick AND r.state <> 'missed')
		AND NOT EXISTS (SELECT 1 FROM runs r WHERE r.job = deliveries.job AND r.state = 'missed'
		  AND abs(r.created_at - deliveries.created_at) < $2)
		RETURNING job, tick, id`, database.List(ids), ranAfterAll.Microseconds())
	if err != nil {
		return err
	}
	return dropTries(ctx, t, gone)
}

// endFailures notes that good runs ended the failures of their jobs: the next failure is
// told again, whatever the cooldown.
func endFailures(ctx context.Context, t database.Tx, good []key) error {
	if len(good) == 0 {
		return nil
	}
	_, err := t.Exec(ctx, `UPDATE deliveries SET standing = 0 FROM {list job text, tick bigint}
		WHERE deliveries.job = v.job AND deliveries.tick <= v.tick AND deliveries.kind = 'failure' AND deliveries.standing = 1`,
		database.List(good))
	return err
}

// endUndelivered notes which receivers take messages again: all that a run sent to them
// has arrived.
func endUndelivered(ctx context.Context, t database.Tx, delivered []deliveryID) error {
	if len(delivered) == 0 {
		return nil
	}
	_, err := t.Exec(ctx, `UPDATE deliveries SET standing = 0 FROM {list id text} JOIN deliveries d ON d.id = v.id
		WHERE deliveries.job = d.job AND deliveries.kind = 'undelivered' AND deliveries.standing = 1 AND deliveries.tick <= d.tick
		  AND deliveries.cause = d.target AND d.kind = 'output'
		  AND NOT EXISTS (SELECT 1 FROM deliveries o WHERE o.job = d.job AND o.tick = d.tick AND o.kind = 'output' AND o.target = d.target AND o.state <> 'delivered')`,
		database.List(delivered))
	return err
}

// standing is 1 for a notice of a trouble that isn't over yet, of a kind that ends.
func standing(d NewDelivery) int {
	if d.Kind == failureKind || d.Kind == undeliveredKind {
		return 1
	}
	return 0
}

const maxCause = 200

func causeOf(d NewDelivery) string    { return Bound(database.Clean(d.Cause), maxCause) }
func receiverOf(d NewDelivery) string { return Bound(database.Clean(d.Receiver), maxCause) }
