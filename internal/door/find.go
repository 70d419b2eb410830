package door

import (
	"context"
	"fmt"
	"time"

	"speckle-runner/internal/figures"
	"speckle-runner/internal/jobs/schedule"
	"speckle-runner/internal/store"
)

// WordsError says that words name no run, or more than one.
type WordsError struct{ text string }

func (e *WordsError) Error() string { return e.text }

func wordsf(format string, args ...any) error { return &WordsError{fmt.Sprintf(format, args...)} }

// Unended finds the run that words name: by its id, by its job and tick, or by the job alone,
// for the run that waits or goes on; nil: the job has none.
func Unended(ctx context.Context, d Door, words []string) (*store.Run, error) {
	last := words[len(words)-1]
	if job, _, err := store.ParseRunID(last); err == nil {
		if len(words) == 2 && job != words[0] {
			return nil, wordsf("%s isn't a run of the job %s", last, words[0])
		}
		run, err := d.Run(ctx, last)
		return &run, err
	}
	if len(words) == 2 {
		return ofTick(ctx, d, words[0], last)
	}
	return ofJob(ctx, d, last)
}

// ofJob finds the one run of a job that waits or goes on.
func ofJob(ctx context.Context, d Door, job string) (*store.Run, error) {
	runs, err := d.Runs(ctx, store.Filter{Job: job, States: []store.State{store.Running, store.Scheduled}, Limit: 1000})
	switch {
	case err != nil:
		return nil, err
	case len(runs) == 1:
		return &runs[0], nil
	case len(runs) > 1:
		var names []string
		for _, run := range runs {
			names = append(names, run.Run)
		}
		return nil, wordsf("%s has %s waiting or running: which one? %s", job, figures.Count(len(runs), "run"), figures.First(names, "more run"))
	}
	runs, err = d.Runs(ctx, store.Filter{Job: job, Limit: 1})
	if err == nil && len(runs) == 0 {
		err = wordsf("the ledger has no run of a job named %s; runner runs lists those that it has", job)
	}
	return nil, err
}

// ofTick finds a job's run of a tick.
func ofTick(ctx context.Context, d Door, job, word string) (*store.Run, error) {
	tick, is := schedule.Instant(word)
	if !is {
		return nil, wordsf("%q is neither a run, as runner runs lists them, nor a tick such as 2026-03-02T02:30:00Z", word)
	}
	runs, err := d.Runs(ctx, store.Filter{Job: job, Before: tick.Add(time.Microsecond), Limit: 1})
	if err != nil {
		return nil, err
	}
	if len(runs) == 0 || !runs[0].Tick.Equal(tick) {
		return nil, fmt.Errorf("%w: %s at %s", store.ErrNotFound, job, word)
	}
	return &runs[0], nil
}
