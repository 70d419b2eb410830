package service

import (
	"context"
	"time"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/run"
	"speckle-runner/internal/store"
)

// snapshots gives what asks the ledger which records a job's receivers were told of
// last before a tick; nil where there is no ledger.
func (x *Service) snapshots(job *jobs.Job, tick time.Time) func(context.Context, string, []string) (map[string]run.Snapshot, error) {
	if x.ledger == nil {
		return nil
	}
	return func(ctx context.Context, ignoring string, outputs []string) (map[string]run.Snapshot, error) {
		var last map[string]store.Snapshot
		err := x.ledger.Patiently(ctx, func() (err error) {
			last, err = x.ledger.Snapshots(ctx, job.Name, ignoring, outputs, tick)
			return err
		})
		known := make(map[string]run.Snapshot, len(last))
		for output, one := range last {
			known[output] = run.Snapshot{Ignoring: one.Ignoring, Tick: one.Tick, State: one.State}
		}
		return known, err
	}
}

func ledgerSnapshots(snapshots []run.Snapshot) []store.Snapshot {
	out := make([]store.Snapshot, len(snapshots))
	for i, s := range snapshots {
		out[i] = store.Snapshot{Ignoring: s.Ignoring, Tick: s.Tick, State: s.State}
	}
	return out
}
