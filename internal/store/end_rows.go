package store

import (
	"context"
	"time"

	"speckle-runner/internal/store/database"
)

// endRows writes the ends of runs that the store itself ends.
func (s *Store) endRows(ctx context.Context, t database.Tx, a *answers, ended []endedRow, now time.Time) error {
	if len(ended) == 0 {
		return nil
	}
	changed, err := database.Collect(ctx, t,
		scanKey, `UPDATE runs SET state = v.state, active = 0, waiting = 0, error = v.error, finished_at = $2
		FROM {list job text, tick bigint, claim bigint, state text, error text}
		WHERE runs.job = v.job AND runs.tick = v.tick AND runs.claim = v.claim AND runs.state <> 'running'
		RETURNING runs.job, runs.tick`, database.List(ended), database.Micros(now))
	if err != nil {
		return err
	}
	var queued []int64
	written := setOf(changed)
	for _, e := range ended {
		if !written[e.key] {
			continue
		}
		if e.QueueID > 0 {
			queued = append(queued, e.QueueID)
		}
		if err := s.addDeliveries(ctx, t, e.key, e.attempt, a.owedFor(e), false); err != nil {
			return err
		}
	}
	return s.queue.Drop(ctx, t, queued)
}

func setOf(keys []key) map[key]bool {
	set := make(map[key]bool, len(keys))
	for _, k := range keys {
		set[k] = true
	}
	return set
}
