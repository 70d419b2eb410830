package store

import (
	"context"
	"time"

	"speckle-runner/internal/store/database"
	"speckle-runner/internal/store/queue"
)

// lateTries are how many messages are on their way at once to a receiver that answers late.
// It would have all places else, each until its try is given up, and no other receiver any.
const lateTries = 2

// setAside puts rows back whose receivers answer late and have as many messages under way as
// they may: what stands behind them in the queue goes first. It gives their deliveries.
func (s *Store) setAside(ctx context.Context, t database.Tx, fetched []queue.Row, until time.Time) (map[string]bool, error) {
	underWay := s.sending.late(time.Now().Add(-s.o.times.late))
	if len(underWay) == 0 {
		return nil, nil
	}
	named := make([]deliveryID, len(fetched))
	for i, row := range fetched {
		named[i] = deliveryID{row.Delivery}
	}
	targets := map[string]string{}
	if _, err := database.Collect(ctx, t, func(r database.Rows) (struct{}, error) {
		var id, target string
		err := r.Scan(&id, &target)
		targets[id] = target
		return struct{}{}, err
	}, `SELECT v.id, coalesce((SELECT d.target FROM deliveries d WHERE d.id = v.id), '') FROM {list id text}`,
		database.List(named)); err != nil {
		return nil, err
	}
	aside := map[string]bool{}
	var back []requeueRow
	for _, row := range fetched {
		target := targets[row.Delivery]
		n, late := underWay[target]
		switch {
		case !late || aside[row.Delivery]:
		case n < lateTries:
			underWay[target]++
		default:
			aside[row.Delivery] = true
			back = append(back, requeueRow{delivery: row.Delivery, Return: queue.Return{ID: row.ID, DueAt: database.Micros(until)},
				queue: queue.Deliveries, priority: 1})
		}
	}
	return aside, s.requeue(ctx, t, back)
}
