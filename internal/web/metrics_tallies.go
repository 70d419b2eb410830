package web

import (
	"slices"
	"sync"
	"time"

	"speckle-runner/internal/store"
)

// tallies count what is counted for each job. A service may have ten thousand of
// them: Prometheus's own counters would take half a kilobyte for each number.
type tallies struct {
	mu    sync.Mutex
	byJob map[string]*tally
}

// tally counts one job.
type tally struct {
	ended                  [6]int64 // by ends
	missed                 time.Time
	pages, records, bytes  int64
	requests               int64            // that were answered well
	failed, retries, again map[string]int64 // by reason: tries of requests, requests sent again, attempts that another follows
	waited                 time.Duration    // for the rate limit
	looks, failedLooks     int64
}

// ends are the ways in which a tick ends. What an alert is about stands in front:
// those are told as 0 before they are counted.
var ends = []store.State{store.Failed, store.Missed, store.Skipped, store.Succeeded, store.Canceled, store.Interrupted}

// alarming is how many of ends are told as 0.
const alarming = 3

func endOf(state store.State) int { return max(0, slices.Index(ends, state)) }

func newTallies() *tallies { return &tallies{byJob: map[string]*tally{}} }

func (all *tallies) change(job string, do func(*tally)) {
	all.mu.Lock()
	defer all.mu.Unlock()
	t := all.byJob[job]
	if t == nil {
		t = &tally{}
		all.byJob[job] = t
	}
	do(t)
}

// count adds one to a map that is made when it is needed.
func count(in *map[string]int64, name string) {
	if *in == nil {
		*in = map[string]int64{}
	}
	(*in)[name]++
}
