package store

import (
	"context"
	"slices"
	"sync"
	"time"

	"speckle-runner/internal/store/database"
)

// batcher writes many ends in one transaction. Whoever comes while one is
// being written waits and goes with the next: alone, an end is written at
// once; under load, a crowd shares a commit.
type batcher struct {
	mu      sync.Mutex
	pending []*ending
	busy    bool
	full    chan struct{} // somebody waits until enough are pending; nil: nobody
}

const (
	// maxBatch bounds a transaction, so that no end waits long for others.
	maxBatch = 500
	// crowd is how many ends make a batch after which more are waited for, for
	// at most gatherTime: a transaction costs little more for fifty than for five.
	crowd      = 5
	enough     = 50
	gatherTime = 20 * time.Millisecond
)

// ending is one attempt's end, or one delivery's, on its way to the database.
type ending struct {
	run      *runEnd
	delivery *deliveryEnd
	err      error
	done     chan struct{}
}

func (e *ending) key() key {
	if e.run != nil {
		return e.run.key
	}
	return key{e.delivery.id, 0}
}

// put writes an ending and waits for it. ctx does not stop a write that has
// begun, so that the answer is what the database holds.
func (s *Store) put(ctx context.Context, e *ending) error {
	e.done = make(chan struct{})
	s.batch.mu.Lock()
	s.batch.pending = append(s.batch.pending, e)
	leader := !s.batch.busy
	s.batch.busy = true
	if s.batch.full != nil && len(s.batch.pending) >= enough {
		close(s.batch.full)
		s.batch.full = nil
	}
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

// gather waits until enough ends are pending, for a moment at most. Their runs
// have given their slots back already.
func (b *batcher) gather() {
	b.mu.Lock()
	if len(b.pending) >= enough {
		b.mu.Unlock()
		return
	}
	full := make(chan struct{})
	b.full = full
	b.mu.Unlock()
	timer := time.NewTimer(gatherTime)
	defer timer.Stop()
	select {
	case <-full:
	case <-timer.C:
		b.mu.Lock()
		b.full = nil
		b.mu.Unlock()
	}
}

func (b *batcher) take() []*ending {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := min(len(b.pending), maxBatch)
	if n == 0 {
		b.busy = false
		return nil
	}
	batch := slices.Clone(b.pending[:n])
	b.pending = slices.Delete(b.pending, 0, n)
	slices.SortStableFunc(batch, func(x, y *ending) int { return compareKeys(x.key(), y.key()) })
	return batch
}

// writeBatch writes all of them, or each alone where one spoils the others.
func (s *Store) writeBatch(ctx context.Context, batch []*ending) {
	err := s.writeEndings(ctx, batch)
	if err == nil {
		s.health.worked(s)
		return
	}
	if len(batch) == 1 || s.Ping(ctx) != nil {
		for _, e := range batch {
			e.err = err
		}
		return
	}
	for _, e := range batch {
		e.err = s.writeEndings(ctx, []*ending{e})
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
