package store

import (
	"context"
	"fmt"
	"time"

	"speckle-runner/internal/store/database"
)

// Table is what an output's files were written with, for its next run to write
// the same. What is in it the ledger doesn't know.
type Table struct {
	Output string
	Tick   time.Time // the newest that published it; on an Outcome it is that run's own
	State  []byte
}

// Tables gives what is known of outputs of a job. One that was never published
// isn't in the answer.
func (s *Store) Tables(ctx context.Context, job string, outputs []string) (map[string]Table, error) {
	found := map[string]Table{}
	_, err := database.Collect(ctx, s.db.Read(), func(r database.Rows) (struct{}, error) {
		var one Table
		var tick int64
		err := r.Scan(&one.Output, &tick, &one.State)
		one.Tick = database.FromMicros(tick)
		found[one.Output] = one
		return struct{}{}, err
	}, `SELECT v.output, t.tick, t.state FROM {list output text} JOIN output_tables t ON t.job = $2 AND t.output = v.output`,
		database.List(outputRows(outputs)), job)
	if err != nil {
		return nil, fmt.Errorf("the columns that outputs of %s have: %w", job, s.db.Explain(err))
	}
	return found, nil
}

// keepTables writes what a good run published its outputs with, in the
// transaction that ends it.
func keepTables(ctx context.Context, t database.Tx, e *runEnd) error {
	if e.State != Succeeded {
		return nil
	}
	for _, one := range e.outcome.Tables {
		if _, err := t.Exec(ctx, `INSERT INTO output_tables (job, output, tick, state) VALUES ($1, $2, $3, $4)
			ON CONFLICT (job, output) DO UPDATE SET state = excluded.state,
			  tick = CASE WHEN output_tables.tick > excluded.tick THEN output_tables.tick ELSE excluded.tick END`,
			e.Job, database.Clean(one.Output), e.Tick, one.State); err != nil {
			return err
		}
	}
	return nil
}
