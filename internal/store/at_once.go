package store

import (
	"context"
	"errors"

	"speckle-runner/internal/store/database"
	"speckle-runner/internal/store/queue"
)

// In a SQLite file, where a slot is free, a due tick is claimed in the transaction that writes it. So there
// is one commit, and one wait for the disk, between its time and its request, not two. What is decided
// is the same as if it had been fetched a moment later.

// fetchFunc begins a fetch from a queue that is just being filled; nil: it can't be fetched from now.
type fetchFunc func(queue string) *queue.Fetch

// insertDue writes due ticks, and claims those that can begin now. emptied has the queues in which nothing
// due is left. Where a claim fails, the ticks are written without it.
func (s *Store) insertDue(ctx context.Context, rows []runRow, fetch fetchFunc) (inserted map[key]bool, emptied map[string]bool, err error) {
	in, err := s.newInsertion(ctx, rows)
	if err != nil {
		return nil, nil, err
	}
	a := s.newAnswers(s.working())
	takings := s.takeAtOnce(a, in.rows, fetch)
	if len(takings) == 0 {
		return in.inserted, nil, s.db.Write(ctx, in.do)
	}
	var claimErr error
	err = a.write(ctx, func(ctx context.Context, t database.Tx) error {
		if err := in.do(ctx, t); err != nil {
			return err
		}
		for _, k := range takings {
			claimErr = k.do(ctx, t)
			if claimErr != nil {
				return claimErr
			}
		}
		return nil
	})
	emptied = map[string]bool{}
	for _, k := range takings {
		k.Begin(k.end(err))
		emptied[k.Queue] = err == nil && k.emptied()
	}
	if claimErr != nil || errors.Is(err, errUnanswered) {
		err = s.db.Write(ctx, in.do)
	}
	return in.inserted, emptied, err
}

// takeAtOnce prepares to take from the queues of rows that are due now, and asks for the policies of the
// jobs that will most likely be taken.
func (s *Store) takeAtOnce(a *answers, rows []runRow, fetch fetchFunc) map[string]*taking {
	takings := map[string]*taking{}
	if a.w == nil || s.health.down() {
		return takings
	}
	expected := map[string]int{}
	for _, row := range rows {
		if row.delay > 0 {
			continue
		}
		k, asked := takings[row.Queue]
		if !asked {
			if f := fetch(row.Queue); f != nil {
				k = s.take(a, f)
				if k == nil {
					f.Begin(nil)
				}
			}
			takings[row.Queue] = k
		}
		if k != nil && expected[row.Queue] < k.most {
			expected[row.Queue]++
			a.askPolicies(row.Job)
		}
	}
	for name, k := range takings {
		if k == nil {
			delete(takings, name)
		}
	}
	return takings
}
