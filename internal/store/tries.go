package store

import (
	"context"
	"time"

	"speckle-runner/internal/said"
	"speckle-runner/internal/store/database"
	"speckle-runner/internal/store/history"
)

// keptTries is how many of a message's newest tries are kept, beside its first. A receiver
// that asks for a pause of a second is tried thousands of times a day.
const keptTries = 20

// tryRow is the end of a try as it is written. The rest is in the row of its delivery.
type tryRow struct {
	ID      string             `json:"id"`
	Outcome history.TryOutcome `json:"outcome"`
	Started int64              `json:"started"`
	Took    int64              `json:"took"`
	Said    string             `json:"said"`
	Next    int64              `json:"next"`
	attempt int
}

// tryLost is what is known of a try whose process is gone.
func tryLost(id string, attempt int, started int64, next time.Time) tryRow {
	return tryRow{
		ID: id, Outcome: history.TryLost, Started: started, Took: -1, Said: senderLost, Next: database.Micros(next), attempt: attempt,
	}
}

// senderLost is why a try has no end of its own.
const senderLost = "the process that sent it was lost"

// row gives the row of a try that ended; a message that arrived at the first try needs none.
func (e *deliveryEnd) row() (row tryRow, needed bool) {
	row = tryRow{ID: e.id, Started: database.Micros(e.began), Took: e.took.Microseconds(), attempt: e.attempt}
	switch {
	case e.state == DeliveryDelivered:
		row.Outcome, row.Said = history.TryDelivered, said.Line(e.note, history.MostSaid)
	case e.refused:
		row.Outcome, row.Said = history.TryRefused, said.Line(e.message, history.MostSaid)
	default:
		row.Outcome, row.Said = history.TryFailed, said.Line(e.message, history.MostSaid)
	}
	if e.state == DeliveryQueued {
		row.Next = database.Micros(e.next)
	}
	return row, e.attempt > 1 || e.state != DeliveryDelivered
}

const insertTries = `
INSERT INTO tries (job, tick, delivery, claim, attempt, outcome, started_at, took, said, next_at, asked_at)
SELECT d.job, d.tick, d.id, d.claim, d.attempts, v.outcome, v.started, v.took, v.said, v.next, d.asked_at
FROM {list id text, outcome text, started bigint, took bigint, said text, next bigint} JOIN deliveries d ON d.id = v.id`

const dropMiddleTries = `
DELETE FROM tries WHERE (job, tick, delivery, claim) IN (SELECT t.job, t.tick, t.delivery, t.claim
  FROM {list id text} JOIN deliveries d ON d.id = v.id JOIN tries t ON t.job = d.job AND t.tick = d.tick AND t.delivery = d.id
  WHERE t.claim <= d.claim - $2 AND t.attempt > 1)`

// keepTries writes how tries ended, in the transaction that writes what becomes of their
// deliveries: before these can be claimed again.
func keepTries(ctx context.Context, t database.Tx, ended []tryRow) error {
	if len(ended) == 0 {
		return nil
	}
	if _, err := t.Exec(ctx, insertTries, database.List(ended)); err != nil {
		return err
	}
	var many []deliveryID
	for _, row := range ended {
		if row.attempt > keptTries+1 {
			many = append(many, deliveryID{row.ID})
		}
	}
	if len(many) == 0 {
		return nil
	}
	_, err := t.Exec(ctx, dropMiddleTries, database.List(many), int64(keptTries))
	return err
}

// goneMessage names a message that is removed from the ledger.
type goneMessage struct {
	key
	ID string `json:"id"`
}

const dropTriesOf = `DELETE FROM tries WHERE (job, tick, delivery) IN (SELECT v.job, v.tick, v.id FROM {list job text, tick bigint, id text})`

// dropTries removes the tries of messages that are removed.
func dropTries(ctx context.Context, t database.Tx, gone []goneMessage) error {
	if len(gone) == 0 {
		return nil
	}
	_, err := t.Exec(ctx, dropTriesOf, database.List(gone))
	return err
}
