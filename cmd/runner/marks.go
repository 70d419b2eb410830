package main

import (
	"context"
	"time"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/run"
	"speckle-runner/internal/store"
)

// remembered asks the ledger for what of its past the job needs, and for no
// more.
func (x *executor) remembered(ctx context.Context, job *jobs.Job, tick time.Time) (last run.Last, err error) {
	byReceivers := job.GoesByReceivers()
	if byReceivers {
		told, err := x.ledger.LastTold(ctx, job.Name, tick)
		if err != nil {
			return last, err
		}
		if told != nil {
			last.Success = told.Tick
		}
	}
	if job.ShrinkLimit > 0 || !byReceivers && job.UsesLastSuccess() {
		good, err := x.ledger.LastSuccess(ctx, job.Name, tick)
		if err != nil {
			return last, err
		}
		if good != nil {
			last.Records = good.Records
		}
		if good != nil && !byReceivers {
			last.Success = good.Tick
		}
	}
	if job.Lookback > 0 && !last.Success.IsZero() {
		if last.Known, err = x.ledger.Known(ctx, job.Name, last.Success); err != nil {
			return last, err
		}
	}
	if names := run.Compared(job); len(names) > 0 {
		marks, err := x.ledger.Marks(ctx, job.Name, names, tick)
		if err != nil {
			return last, err
		}
		last.Marks = make(map[string]run.Mark, len(marks))
		for output, m := range marks {
			last.Marks[output] = run.Mark{Output: output, Content: m.Content, Tick: m.Tick}
		}
	}
	return last, nil
}

func ledgerMarks(left []run.Mark) []store.Mark {
	kept := make([]store.Mark, len(left))
	for i, m := range left {
		kept[i] = store.Mark{Output: m.Output, Content: m.Content, Since: m.Since}
	}
	return kept
}
