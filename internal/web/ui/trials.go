package ui

import (
	"context"
	"slices"
	"sync"
	"time"

	"speckle-runner/internal/jobs"
)

const (
	// trialsAtOnce bounds dry runs: the real ones come first.
	trialsAtOnce = 2
	// trialsKept is how many results stay to be looked at.
	trialsKept = 20
)

// Trial is what came of a dry run.
type Trial struct {
	Took     time.Duration
	Pages    int
	Records  int64
	Sample   []string // the first records, in JSON
	Plan     []string // what would be published
	Warnings []string
	Error    string
}

// trials are dry runs that somebody asked for by a button. They live in this
// process only: a dry run leaves no trace.
type trials struct {
	mu  sync.Mutex
	all []*trial // the newest last
}

type trial struct {
	job   string
	began time.Time
	done  chan struct{}
	told  Trial // once done is closed
}

// begin starts a dry run of a job unless one goes on, and says whether it could.
func (t *trials) begin(ctx context.Context, job *jobs.Job, now time.Time, try func(context.Context, *jobs.Job) Trial) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	busy := 0
	for _, one := range t.all {
		select {
		case <-one.done:
			continue
		default:
		}
		if busy++; one.job == job.Name {
			return true
		}
	}
	if busy >= trialsAtOnce {
		return false
	}
	one := &trial{job: job.Name, began: now, done: make(chan struct{})}
	t.all = append(t.all, one)
	t.all = t.all[max(0, len(t.all)-trialsKept):]
	go func() {
		defer close(one.done)
		one.told = try(ctx, job)
	}()
	return true
}

// newest gives the last dry run of a job, nil for none.
func (t *trials) newest(job string) *trial {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, one := range slices.Backward(t.all) {
		if one.job == job {
			return one
		}
	}
	return nil
}
