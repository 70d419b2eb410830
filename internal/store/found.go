package store

import (
	"context"
	"fmt"
	"time"

	"speckle-runner/internal/store/database"
)

// Found is what lies where a run published it whose process was killed before its
// end was written down.
type Found struct {
	Job     string
	Tick    time.Time
	Attempt int
	Files   []File
}

type foundRow struct {
	key
	Attempt int    `json:"attempt"`
	Files   string `json:"files"`
}

// Found writes down files of runs that none are known of. What became of the runs
// themselves stays.
func (s *Store) Found(ctx context.Context, all []Found) error {
	rows := make([]foundRow, len(all))
	for i, f := range all {
		rows[i] = foundRow{key{f.Job, database.Micros(database.Canonical(f.Tick))}, f.Attempt, jsonOr(f.Files, len(f.Files))}
	}
	err := s.db.Write(ctx, func(ctx context.Context, t database.Tx) error {
		_, err := t.Exec(ctx, `UPDATE runs SET files = v.files FROM {list job text, tick bigint, attempt int, files text}
			WHERE runs.job = v.job AND runs.tick = v.tick AND runs.attempt >= v.attempt AND runs.files = '' AND runs.state <> 'succeeded'`,
			database.List(rows))
		return err
	})
	if err != nil {
		return fmt.Errorf("write down which files killed runs have published: %w", err)
	}
	return nil
}
