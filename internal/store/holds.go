package store

import (
	"sync"
	"time"
)

// holds asks for many runs at once whether they are still this node's. Runs that ask
// while the database is being asked wait for the next question. A run that is alone asks
// at once; after a question for several runs, the next one waits a moment for more.
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

// holding is one run's question. Its answer is as of the moment in which the database is
// asked, which is later than that of the run.
type holding struct {
	claim Claim
	found []string // the cancel flag; none: the run doesn't belong to this claim any more
	left  time.Duration
	err   error
	done  chan struct{}
}

// questionTime bounds one question. It is asked for many runs, so no run's context ends it.
const questionTime = time.Minute

// heldRow is the row of a claim that is running, with its node's lease.
type heldRow struct {
	claimed
	node    string
	attempt int
	cancel  string
	left    int64
}

// take takes the answer where the lease lasts for half its time at least.
func (h *holding) take(row heldRow, expiry time.Duration) {
	ours := row.node == h.claim.node && row.attempt == h.claim.Attempt
	if ours && row.left >= expiry.Microseconds()/2 {
		h.found, h.left = []string{row.cancel}, min(time.Duration(row.left)*time.Microsecond, expiry)
	}
}
