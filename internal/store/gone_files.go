package store

import (
	"context"
	"fmt"
	"time"

	"speckle-runner/internal/store/database"
	"speckle-runner/internal/store/history"
)

// GoneFiles are all files of a run, some of which have been marked as gone.
type GoneFiles struct {
	Job     string
	Tick    time.Time
	Attempt int
	Files   []File
}

// NoteGone writes down which files are gone, unless the run has begun again since. Nothing
// waits for it: what a power cut takes back is found gone once more.
func (s *Store) NoteGone(ctx context.Context, gone []GoneFiles) error {
	rows := make([]filesRow, len(gone))
	for i, g := range gone {
		files, err := history.StoredFiles(g.Files)
		if err != nil {
			return fmt.Errorf("write down which files are gone: %w", err)
		}
		rows[i] = filesRow{key{g.Job, database.Micros(database.Canonical(g.Tick))}, g.Attempt, files}
	}
	err := s.db.WriteUnflushed(ctx, func(ctx context.Context, t database.Tx) error {
		_, err := t.Exec(ctx, `UPDATE runs SET files = v.files FROM {list job text, tick bigint, attempt int, files text}
			WHERE runs.job = v.job AND runs.tick = v.tick AND runs.attempt = v.attempt AND runs.state <> 'running'`, database.List(rows))
		return err
	})
	if err != nil {
		return fmt.Errorf("write down which files are gone: %w", err)
	}
	return nil
}
