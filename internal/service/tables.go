package service

import (
	"context"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/run"
	"speckle-runner/internal/store"
)

// tables gives what asks the ledger for the columns and types that a job's outputs
// were written with last; nil where there is no ledger.
func (x *Service) tables(job *jobs.Job) func(context.Context, []string) (map[string]run.Table, error) {
	if x.ledger == nil {
		return nil
	}
	return func(ctx context.Context, outputs []string) (map[string]run.Table, error) {
		var last map[string]store.Table
		err := x.ledger.Patiently(ctx, func() (err error) {
			last, err = x.ledger.Tables(ctx, job.Name, outputs)
			return err
		})
		known := make(map[string]run.Table, len(last))
		for output, one := range last {
			known[output] = run.Table{Output: output, Tick: one.Tick, State: one.State}
		}
		return known, err
	}
}

func ledgerTables(tables []run.Table) []store.Table {
	out := make([]store.Table, len(tables))
	for i, t := range tables {
		out[i] = store.Table{Output: t.Output, Tick: t.Tick, State: t.State}
	}
	return out
}
