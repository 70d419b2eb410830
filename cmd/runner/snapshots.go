package main

import (
	"context"
	"time"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/run"
	"speckle-runner/internal/store"
)

// snapshots asks the ledger what a job published last before a tick; nil where
// there is no ledger.
func (x *executor) snapshots(job *jobs.Job, tick time.Time) func(context.Context, string) (run.Snapshot, error) {
	if x.ledger == nil {
		return nil
	}
	return func(ctx context.Context, ignoring string) (run.Snapshot, error) {
		var last *store.Snapshot
		err := x.ledger.Patiently(ctx, func() (err error) {
			last, err = x.ledger.Snapshot(ctx, job.Name, ignoring, tick)
			return err
		})
		if err != nil || last == nil {
			return run.Snapshot{}, err
		}
		return run.Snapshot{Ignoring: last.Ignoring, Tick: last.Tick, State: last.State}, nil
	}
}

func ledgerSnapshots(taken []run.Snapshot) []store.Snapshot {
	kept := make([]store.Snapshot, len(taken))
	for i, s := range taken {
		kept[i] = store.Snapshot{Ignoring: s.Ignoring, Tick: s.Tick, State: s.State}
	}
	return kept
}
