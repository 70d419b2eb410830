package service

import (
	"context"
	"errors"
	"time"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/output/target"
	"speckle-runner/internal/run"
	"speckle-runner/internal/store"
)

// last asks the ledger what the job goes on from at a tick.
func (x *Service) last(ctx context.Context, job *jobs.Job, tick time.Time) (run.Last, error) {
	if x.ledger == nil || !job.Remembers() {
		return run.Last{}, nil
	}
	var last run.Last
	err := x.ledger.Patiently(ctx, func() (err error) {
		last, err = x.remembered(ctx, job, tick)
		return err
	})
	return last, err
}

// remembered asks the ledger for what of its past the job needs, and for no
// more.
func (x *Service) remembered(ctx context.Context, job *jobs.Job, tick time.Time) (last run.Last, err error) {
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
		last.Marks, err = x.marks(ctx, job, names, tick)
	}
	return last, err
}

// marks gives what outputs hold, each with the files of the run that wrote it:
// what lies there is held against them.
func (x *Service) marks(ctx context.Context, job *jobs.Job, names []string, tick time.Time) (map[string]run.Mark, error) {
	kept, err := x.ledger.Marks(ctx, job.Name, names, tick)
	if err != nil {
		return nil, err
	}
	marks := make(map[string]run.Mark, len(kept))
	files := map[time.Time][]target.Published{}
	for name, m := range kept {
		if _, known := files[m.Tick]; !known && run.ComparesFiles(job) {
			if files[m.Tick], err = x.wrote(ctx, store.RunID(job.Name, m.Tick)); err != nil {
				return nil, err
			}
		}
		marks[name] = run.Mark{Output: name, Content: m.Content, Tick: m.Tick, Run: store.RunID(job.Name, m.Tick), Files: files[m.Tick]}
	}
	return marks, nil
}

// wrote gives the files of a run; none of one that the ledger has forgotten.
func (x *Service) wrote(ctx context.Context, id string) ([]target.Published, error) {
	r, err := x.ledger.Run(ctx, id)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return nil, err
	}
	files := make([]target.Published, len(r.Files))
	for i, f := range r.Files {
		files[i] = target.Published{Path: f.Path, Records: f.Records, Bytes: f.Bytes, SHA256: f.SHA256, Output: f.Output}
	}
	return files, nil
}

func ledgerMarks(left []run.Mark) []store.Mark {
	kept := make([]store.Mark, len(left))
	for i, m := range left {
		kept[i] = store.Mark{Output: m.Output, Content: m.Content, Since: m.Since}
	}
	return kept
}
