package marks

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
	Tick   time.Time // the newest that published it; where a run leaves it, its own
	State  []byte
}

// Tables gives what is known of outputs of a job. One that was never published
// isn't in the answer.
func (r Kept) Tables(ctx context.Context, job string, outputs []string) (map[string]Table, error) {
	found := map[string]Table{}
	_, err := database.Collect(ctx, r.db.Read(), func(row database.Rows) (struct{}, error) {
		var one Table
		var tick int64
		err := row.Scan(&one.Output, &tick, &one.State)
		one.Tick = database.FromMicros(tick)
		found[one.Output] = one
		return struct{}{}, err
	}, `SELECT v.output, t.tick, t.state FROM {list output text} JOIN output_tables t ON t.job = $2 AND t.output = v.output`,
		database.List(outputRows(outputs)), job)
	if err != nil {
		return nil, fmt.Errorf("the columns that outputs of %s have: %w", job, r.db.Explain(err))
	}
	return found, nil
}

// KeepTables writes what a good run published its outputs with, in the
// transaction that ends it.
func KeepTables(ctx context.Context, t database.Tx, e Ended, with []Table) error {
	for _, one := range with {
		if _, err := t.Exec(ctx, `INSERT INTO output_tables (job, output, tick, state) VALUES ($1, $2, $3, $4)
			ON CONFLICT (job, output) DO UPDATE SET state = excluded.state,
			  tick = CASE WHEN output_tables.tick > excluded.tick THEN output_tables.tick ELSE excluded.tick END`,
			e.Job, database.Clean(one.Output), e.Tick, one.State); err != nil {
			return err
		}
	}
	return nil
}
