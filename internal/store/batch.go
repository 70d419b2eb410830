package store

import (
	"context"
	"slices"

	"speckle-runner/internal/store/database"
)

// put writes an ending and waits for it. ctx does not stop a write that has
// begun, so that the answer is what the database holds.
func (s *Store) put(ctx context.Context, e *ending) error {
	e.done = make(chan struct{})
	s.batch.mu.Lock()
	s.batch.pending = append(s.batch.pending, e)
	leader := !s.batch.busy
	s.batch.busy = true
	s.batch.more.came(len(s.batch.pending))
	s.batch.mu.Unlock()
	if leader {
		s.flush(context.WithoutCancel(ctx), e, 0)
	}
	<-e.done
	return e.err
}

// flush writes batches until nothing is left; written says how many the one
// before had. The leader hands the work over once its own ending is written: it
// has a run's slot to give back.
func (s *Store) flush(ctx context.Context, own *ending, written int) {
	for {
		if written >= crowd {
			s.batch.gather()
		}
		batch := s.batch.take()
		if len(batch) == 0 {
			return
		}
		s.writeBatch(ctx, batch)
		for _, e := range batch {
			close(e.done)
		}
		written = len(batch)
		if slices.Contains(batch, own) {
			go s.flush(ctx, nil, written)
			return
		}
	}
}

// writeBatch writes all of them, or each alone where one spoils the others.
func (s *Store) writeBatch(ctx context.Context, batch []*ending) {
	err := s.writeEndings(ctx, batch)
	if err == nil {
		s.health.worked()
		return
	}
	if len(batch) == 1 || s.Ping(ctx) != nil {
		for _, e := range batch {
			e.err = err
		}
		return
	}
	for _, e := range batch {
		e.again()
		if err := s.writeEndings(ctx, []*ending{e}); err != nil {
			e.err = err
		}
	}
}

// writeEndings sets the error of each; the error returned concerns all.
func (s *Store) writeEndings(ctx context.Context, batch []*ending) error {
	var runs []*runEnd
	var deliveries []*deliveryEnd
	for _, e := range batch {
		e.err = nil
		if e.run != nil {
			e.run.fenced = false
			runs = append(runs, e.run)
		} else {
			e.delivery.fenced = false
			deliveries = append(deliveries, e.delivery)
		}
	}
	var after []func()
	err := s.db.Write(ctx, func(ctx context.Context, t database.Tx) error {
		after = after[:0]
		// All jobs at once, in one order: two nodes that told one by one of
		// several jobs could wait for each other.
		if err := lockTold(ctx, t, runs, deliveries); err != nil {
			return err
		}
		if len(runs) > 0 {
			then, err := s.endRuns(ctx, t, runs)
			if err != nil {
				return err
			}
			after = append(after, then...)
		}
		if len(deliveries) == 0 {
			return nil
		}
		then, err := s.endDeliveries(ctx, t, deliveries)
		after = append(after, then...)
		return err
	})
	if err != nil {
		return err
	}
	for _, e := range batch {
		if e.run != nil && e.run.fenced || e.delivery != nil && e.delivery.fenced {
			e.err = ErrFenced
		}
	}
	for _, do := range after {
		do()
	}
	return nil
}

// lockTold makes all who may tell of the same jobs wait for each other, in one
// order on all nodes.
func lockTold(ctx context.Context, t database.Tx, runs []*runEnd, deliveries []*deliveryEnd) error {
	var keys []key
	for _, e := range deliveries {
		if len(e.owed) > 0 {
			keys = append(keys, e.key())
		}
	}
	if len(keys) == 0 {
		return nil // runs lock their jobs themselves
	}
	for _, e := range runs {
		keys = append(keys, e.key)
	}
	return lockJobs(ctx, t, keys)
}
