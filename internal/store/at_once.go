package store

import (
	"context"
	"errors"

	"speckle-runner/internal/store/database"
	"speckle-runner/internal/store/queue"
)

// A tick that comes due on a ledger that is a file, where a slot is free, is claimed in the transaction
// that writes it: one commit, and one wait for the disk, lies between its time and its request, not two.
// What is decided, and how, is the same as if it had been fetched a moment later.

// fetching gives a look into a queue that is just filled; nil: none.
type fetching func(queue string) *queue.Fetch

// insertDue writes due ticks, and claims what of them can begin now. emptied are the queues in which
// nothing is left that is due. Where a claim goes wrong, the ticks are written without it.
func (s *Store) insertDue(ctx context.Context, rows []runRow, fetch fetching) (inserted map[key]bool, emptied map[string]bool, err error) {
	in, err := s.newInsertion(ctx, rows)
	if err != nil {
		return nil, nil, err
	}
	a := s.newAnswers(s.working())
	takings := s.takeAtOnce(a, in.rows, fetch)
	if len(takings) == 0 {
		return in.inserted, nil, s.db.Write(ctx, in.do)
	}
	var claim error
	err = a.write(ctx, func(ctx context.Context, t database.Tx) error {
		if err := in.do(ctx, t); err != nil {
			return err
		}
		for _, k := range takings {
			if claim = k.do(ctx, t); claim != nil {
				return claim
			}
		}
		return nil
	})
	emptied = map[string]bool{}
	for _, k := range takings {
		k.Begin(k.end(err))
		emptied[k.Queue] = err == nil && k.emptied()
	}
	if claim != nil || errors.Is(err, errUnanswered) {
		err = s.db.Write(ctx, in.do)
	}
	return in.inserted, emptied, err
}

// takeAtOnce makes ready to take from the queues that rows which are due now go to, and asks about the
// jobs that will most likely be taken.
func (s *Store) takeAtOnce(a *answers, rows []runRow, fetch fetching) map[string]*taking {
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
				if k = s.take(a, f); k == nil {
					f.Begin(nil)
				}
			}
			takings[row.Queue] = k
		}
		if k != nil && expected[row.Queue] < k.most {
			expected[row.Queue]++
			a.learn(row.Job)
		}
	}
	for name, k := range takings {
		if k == nil {
			delete(takings, name)
		}
	}
	return takings
}
