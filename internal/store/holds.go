package store

import (
	"sync"
	"time"
)

// holds asks for many runs at once whether they are still this node's: who
// comes while the database is being asked waits, and goes with the next
// question. Alone, a run asks at once; behind a question of several the next one
// waits a moment for more.
type holds struct {
	mu      sync.Mutex
	pending []*holding
	busy    bool
	more    gathering
}

const (
	// enoughHolds is how many runs a question is for that waits no longer, which it does for
	// askTogether at most: a question costs little more for sixteen than for two.
	enoughHolds = 16
	askTogether = 5 * time.Millisecond
)

// take gives those that are asked for together; the last question was for so many.
func (h *holds) take(last int) []*holding {
	if last > 1 {
		h.more.wait(&h.mu, func() int { return len(h.pending) }, enoughHolds, askTogether)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	all := h.pending[:min(len(h.pending), chunk)]
	h.pending = h.pending[len(all):]
	if len(all) == 0 {
		h.pending, h.busy = nil, false
	}
	return all
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
