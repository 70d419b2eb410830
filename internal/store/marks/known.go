package marks

import (
	"context"
	"fmt"
	"time"

	"speckle-runner/internal/store/database"
)

// Known gives what the good run of a tick said of the records that it had told
// by its end; empty where it said nothing. A mark that stands at that tick is
// answered by that tick's alone.
func (r Kept) Known(ctx context.Context, job string, tick time.Time) ([]byte, error) {
	found, err := database.Collect(ctx, r.db.Read(), func(row database.Rows) (records []byte, err error) {
		err = row.Scan(&records)
		return records, err
	}, `SELECT records FROM known_records WHERE job = $1 AND tick = $2`, job, database.Micros(database.Canonical(tick)))
	if err != nil {
		return nil, fmt.Errorf("what %s told at %s: %w", job, database.Canonical(tick).Format(time.RFC3339), r.db.Explain(err))
	}
	if len(found) == 0 {
		return nil, nil
	}
	return found[0], nil
}

// KeepKnown writes what a good run has told, in the transaction that ends it:
// its tick can be a mark from the moment when its records can be known.
func KeepKnown(ctx context.Context, t database.Tx, e Ended, records []byte) error {
	if records == nil {
		return nil
	}
	_, err := t.Exec(ctx, `INSERT INTO known_records (job, tick, records) VALUES ($1, $2, $3)
		ON CONFLICT (job, tick) DO UPDATE SET records = excluded.records`, e.Job, e.Tick, records)
	return err
}
