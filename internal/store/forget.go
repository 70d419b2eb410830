package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"speckle-runner/internal/store/database"
)

// Forgotten says what Forget has done.
type Forgotten struct {
	// Messages won't be sent any more; they are in their order.
	Messages []RunDelivery
	// Sending is how many messages were being sent at that moment, and were left alone.
	Sending int
}

// Forget gives up what a run still owes: messages that wait, and those that
// could not be delivered. They stay in the ledger as forgotten and are never
// sent. A message that is being sent is left to its end, unless the process
// that sent it is gone.
func (s *Store) Forget(ctx context.Context, run string) (Forgotten, error) {
	k, err := s.keyOf(ctx, run)
	if err != nil {
		return Forgotten{}, fmt.Errorf("forget what %s owes: %w", run, err)
	}
	var gone Forgotten
	var queued []int64
	err = s.db.Write(ctx, func(ctx context.Context, t database.Tx) error {
		gone, queued = Forgotten{}, nil
		known, err := database.Collect(ctx, t, database.Int, `SELECT 1 FROM runs WHERE job = $1 AND tick = $2`, k.Job, k.Tick)
		if err != nil || len(known) == 0 {
			return errors.Join(err, ErrNotFound)
		}
		rows, err := database.Collect(ctx, t, scanForgotten, `UPDATE deliveries SET state = 'forgotten', node = '', ended_at = $3, body = ''
			WHERE job = $1 AND tick = $2 AND (state IN ('queued', 'failed') OR state = 'sending'
			  AND NOT EXISTS (SELECT 1 FROM node_lease WHERE node_lease.node = deliveries.node AND node_lease.expires_at >= {now}))
			RETURNING id, target, state, attempts, error, seq, river_id`, k.Job, k.Tick, database.Micros(time.Now()))
		if err != nil {
			return err
		}
		slices.SortFunc(rows, func(a, b forgottenRow) int { return cmp.Or(cmp.Compare(a.seq, b.seq), cmp.Compare(a.ID, b.ID)) })
		for _, row := range rows {
			gone.Messages = append(gone.Messages, row.RunDelivery)
			queued = append(queued, row.queueID)
		}
		sending, err := database.Collect(ctx, t, database.Int, `SELECT count(*) FROM deliveries
			WHERE job = $1 AND tick = $2 AND state = 'sending'`, k.Job, k.Tick)
		if err != nil {
			return err
		}
		gone.Sending = int(sending[0])
		return nil
	})
	if err == nil {
		// In a transaction of its own: a fetch locks rows of the queue first and those of
		// the ledger then, and the two would wait for each other. A row that stays behind is
		// dropped when it is fetched.
		err = s.db.Write(ctx, func(ctx context.Context, t database.Tx) error { return s.queue.Drop(ctx, t, queued) })
	}
	if err != nil {
		return Forgotten{}, fmt.Errorf("forget what %s owes: %w", run, s.db.Explain(err))
	}
	return gone, nil
}

type forgottenRow struct {
	RunDelivery

	seq     int
	queueID int64
}

func scanForgotten(r database.Rows) (row forgottenRow, err error) {
	err = r.Scan(&row.ID, &row.Target, &row.State, &row.Attempts, &row.Error, &row.seq, &row.queueID)
	return row, err
}
