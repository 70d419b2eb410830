package service

import (
	"cmp"
	"context"
	"errors"
	"time"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/output/target"
	"speckle-runner/internal/run"
	"speckle-runner/internal/store"
)

// last asks the ledger from where the run of a tick goes on: the last good run, and
// what is out there.
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

// remembered asks the ledger for what the job needs to know of its past, and for no more.
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

// marks gives what outputs hold, each with the files of the run that wrote it: the run
// compares them with what lies there now.
func (x *Service) marks(ctx context.Context, job *jobs.Job, names []string, tick time.Time) (map[string]run.Mark, error) {
	inLedger, err := x.ledger.Marks(ctx, job.Name, names, tick)
	if err != nil {
		return nil, err
	}
	marks := make(map[string]run.Mark, len(inLedger))
	writers := map[time.Time]written{}
	for name, m := range inLedger {
		writer, known := writers[m.Tick]
		if !known && run.ComparesFiles(job) {
			writer, err = x.writtenAt(ctx, job.Name, m.Tick)
			if err != nil {
				return nil, err
			}
			writers[m.Tick] = writer
		}
		marks[name] = run.Mark{Output: name, Content: m.Content, Tick: m.Tick, Run: writer.run, Files: writer.files}
	}
	return marks, nil
}

// written is a run with the files that it wrote.
type written struct {
	run   string
	files []target.Published
}

// writtenAt gives the files of the run of a tick; none where the ledger has forgotten
// that run.
func (x *Service) writtenAt(ctx context.Context, job string, tick time.Time) (written, error) {
	r, err := x.ledger.RunAt(ctx, job, tick)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return written{}, err
	}
	w := written{cmp.Or(r.Run, store.RunID(job, tick)), make([]target.Published, len(r.Files))}
	for i, f := range r.Files {
		w.files[i] = target.Published{Path: f.Path, Records: f.Records, Bytes: f.Bytes, SHA256: f.SHA256, Output: f.Output}
	}
	return w, nil
}

func ledgerMarks(marks []run.Mark) []store.Mark {
	out := make([]store.Mark, len(marks))
	for i, m := range marks {
		out[i] = store.Mark{Output: m.Output, Tick: m.Tick, Content: m.Content, Since: m.Since}
	}
	return out
}
