package store

import (
	"slices"
	"sync"
	"time"
)

// ending is one attempt's end, or one delivery's, on its way to the database.
type ending struct {
	run      *runEnd
	delivery *deliveryEnd
	err      error
	done     chan struct{}
}

// again says that an earlier write of it may have been committed.
func (e *ending) again() {
	if e.run != nil {
		e.run.tried = true
	} else {
		e.delivery.tried = true
	}
}

func (e *ending) key() key {
	if e.run != nil {
		return e.run.key
	}
	return key{e.delivery.id, 0}
}

// batcher writes many ends in one transaction. Whoever comes while one is
// being written waits and goes with the next: alone, an end is written at
// once; under load, a crowd shares a commit.
type batcher struct {
	mu      sync.Mutex
	pending []*ending
	busy    bool
	more    gathering
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

// gather waits for more ends. Their runs have given their slots back already.
func (b *batcher) gather() {
	b.more.wait(&b.mu, func() int { return len(b.pending) }, enough, gatherTime)
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
