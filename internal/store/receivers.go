package store

import (
	"slices"
	"time"
)

// Sent says what is left after a run's messages were sent without the queue.
type Sent struct {
	// Left is how many messages are neither delivered nor forgotten.
	Left int
	// Stopped names the receivers that took nothing for too long. Their messages wait in
	// the queue.
	Stopped []string
}

// receivers watches how long each receiver has taken nothing. Each is stopped by itself: one
// that works isn't stopped because another refuses, nor is one that refuses tried for ever
// because another works.
type receivers struct {
	patience time.Duration
	since    map[string]time.Time // by target: its last success, else its first try
	stopped  []string
}

type targetRow struct {
	Target string `json:"target"`
}

// named gives the stopped receivers as rows for a statement.
func (r *receivers) named() []targetRow {
	rows := make([]targetRow, len(r.stopped))
	for i, target := range r.stopped {
		rows[i] = targetRow{target}
	}
	return rows
}

func (r *receivers) begin(target string, now time.Time) {
	if r.since[target].IsZero() {
		r.since[target] = now
	}
}

// end judges a receiver by how a try went.
func (r *receivers) end(target string, took bool, now time.Time) {
	switch {
	case took:
		r.since[target] = now
	case now.Sub(r.since[target]) >= r.patience:
		r.stop(target)
	}
}

// waits gives when the next message may be tried; zero: none is left. A receiver whose next
// try would come too late is stopped now.
func (r *receivers) waits(due map[string]time.Time, now time.Time) (next time.Time) {
	for target, at := range due {
		r.begin(target, now)
		if at.Sub(r.since[target]) > r.patience {
			r.stop(target)
		} else if next.IsZero() || at.Before(next) {
			next = at
		}
	}
	return next
}

func (r *receivers) stop(target string) {
	if i, known := slices.BinarySearch(r.stopped, target); !known {
		r.stopped = slices.Insert(r.stopped, i, target)
	}
}
