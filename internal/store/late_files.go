package store

import (
	"context"
	"fmt"
	"time"

	"speckle-runner/internal/store/database"
)

// LateFiles are files that an attempt published before it was killed or lost its run,
// so that the end that would have named them was never written.
type LateFiles struct {
	Job     string
	Tick    time.Time
	Attempt int
	Files   []File
}

type filesRow struct {
	key
	Attempt int    `json:"attempt"`
	Files   string `json:"files"`
}

// NoteLateFiles adds files to runs that have none yet. The states of those runs stay
// as they are.
func (s *Store) NoteLateFiles(ctx context.Context, late []LateFiles) error {
	rows := make([]filesRow, len(late))
	for i, f := range late {
		rows[i] = filesRow{key{f.Job, database.Micros(database.Canonical(f.Tick))}, f.Attempt, jsonOr(f.Files, len(f.Files))}
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
