package store

import (
	"context"
	"sync"
	"time"

	"speckle-runner/internal/store/database"
)

// holds asks for many runs at once whether they are still this node's: who
// comes while the database is being asked waits, and goes with the next
// question. Alone, a run asks at once.
type holds struct {
	mu      sync.Mutex
	pending []*holding
	busy    bool
}

// holding is one run's question. Its answer is true for the moment in which
// the database is asked, which is later than the run's own.
type holding struct {
	claim Claim
	found []string // the cancel flag; none: it isn't this claim's any more
	left  time.Duration
	err   error
	done  chan struct{}
}

// questionTime bounds one question: it is many runs', and no run's end ends it.
const questionTime = time.Minute

// held is hold for a lease that has long to go, as it mostly has: nothing is
// written, and a thousand runs that end together don't wait for each other.
func (s *Store) held(ctx context.Context, c Claim) (found []string, left time.Duration, err error) {
	h := &holding{claim: c, done: make(chan struct{})}
	s.holds.mu.Lock()
	s.holds.pending = append(s.holds.pending, h)
	first := !s.holds.busy
	s.holds.busy = true
	s.holds.mu.Unlock()
	if first {
		go s.askHolds(context.WithoutCancel(ctx))
	}
	select {
	case <-h.done:
		return h.found, h.left, h.err
	case <-ctx.Done():
		return nil, 0, context.Cause(ctx)
	}
}

// askHolds asks until nobody waits.
func (s *Store) askHolds(ctx context.Context) {
	for {
		s.holds.mu.Lock()
		all := s.holds.pending[:min(len(s.holds.pending), chunk)]
		s.holds.pending = s.holds.pending[len(all):]
		if len(all) == 0 {
			s.holds.pending, s.holds.busy = nil, false
		}
		s.holds.mu.Unlock()
		if len(all) == 0 {
			return
		}
		answers, err := s.askHeld(ctx, all)
		for _, h := range all {
			h.err = err
			if err == nil {
				h.take(answers[claimed{h.claim.key(), h.claim.number}], s.o.times.expiry)
			}
			close(h.done)
		}
	}
}

// heldRow is the row of a claim that is running, with its node's lease.
type heldRow struct {
	claimed
	node    string
	attempt int
	cancel  string
	left    int64
}

// take gives an answer where the lease has long to go.
func (h *holding) take(row heldRow, expiry time.Duration) {
	ours := row.node == h.claim.node && row.attempt == h.claim.Attempt
	if ours && row.left >= expiry.Microseconds()/2 {
		h.found, h.left = []string{row.cancel}, min(time.Duration(row.left)*time.Microsecond, expiry)
	}
}

func (s *Store) askHeld(ctx context.Context, all []*holding) (map[claimed]heldRow, error) {
	if err := s.Displaced(); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, questionTime)
	defer cancel()
	keys := make([]key, len(all))
	for i, h := range all {
		keys[i] = h.claim.key()
	}
	rows, err := database.Collect(ctx, s.db.Read(), func(r database.Rows) (one heldRow, err error) {
		err = r.Scan(&one.Job, &one.Tick, &one.claim, &one.node, &one.attempt, &one.cancel, &one.left)
		return one, err
	}, `SELECT runs.job, runs.tick, runs.claim, runs.node, runs.attempt, runs.cancel, node_lease.expires_at - {now}
		FROM {list job text, tick bigint} JOIN runs ON runs.job = v.job AND runs.tick = v.tick JOIN node_lease ON node_lease.node = runs.node
		WHERE runs.state = 'running'`, database.List(keys))
	answers := make(map[claimed]heldRow, len(rows))
	for _, row := range rows {
		answers[row.claimed] = row
	}
	return answers, err
}
