package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Armed is a job whose ticks are awaited from now on.
type Armed struct {
	Job string
	// Schedule is what its ticks follow, as text; empty for a job that is
	// disabled or was taken out of the job file.
	Schedule string
	// Since is when the job came to follow this schedule, if the ledger has
	// another one for it.
	Since time.Time
}

type armedRow struct {
	Job      string `json:"job"`
	Schedule string `json:"schedule"`
	Since    int64  `json:"since"`
}

// Arm notes what the ticks of jobs follow. It gives for each job the instant
// up to which all of its ticks are in the ledger: its newest tick that came
// from a schedule, or when it came to follow this one. What is due after that
// and has passed was missed. Ticks of an earlier schedule, or of the time when
// the job was disabled, were not.
func (s *Store) Arm(ctx context.Context, armed []Armed) (map[string]time.Time, error) {
	rows := make([]armedRow, len(armed))
	for i, a := range armed {
		rows[i] = armedRow{a.Job, a.Schedule, micros(a.Since)}
	}
	slices.SortFunc(rows, func(a, b armedRow) int { return strings.Compare(a.Job, b.Job) })
	recorded := make(map[string]time.Time, len(armed))
	err := s.write(ctx, func(ctx context.Context, t tx) error {
		for part := range slices.Chunk(rows, chunk) {
			if _, err := t.exec(ctx, `INSERT INTO jobs (job, schedule, since) SELECT v.job, v.schedule, v.since
				FROM {list job text, schedule text, since bigint} WHERE true ORDER BY v.job
				ON CONFLICT (job) DO UPDATE SET schedule = excluded.schedule, since = excluded.since WHERE jobs.schedule <> excluded.schedule`, list(part)); err != nil {
				return err
			}
			found, err := collect(ctx, t, scanKey, `SELECT j.job, coalesce((SELECT max(r.tick) FROM runs r
				WHERE r.job = j.job AND r.tick > j.since AND r.via IN ('schedule', 'catch-up')), j.since)
				FROM {list job text} JOIN jobs j ON j.job = v.job`, list(part))
			if err != nil {
				return err
			}
			for _, f := range found {
				recorded[f.Job] = fromMicros(f.Tick)
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("arm %d jobs: %w", len(armed), err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for job := range recorded {
		s.seenJobs[job] = true
	}
	return recorded, nil
}

// knowJobs gives jobs that never were armed a row, which is what claims of a
// job lock.
func (s *Store) knowJobs(ctx context.Context, sorted []runRow) error {
	var rows []armedRow
	s.mu.Lock()
	for _, row := range sorted {
		if !s.seenJobs[row.Job] && (len(rows) == 0 || rows[len(rows)-1].Job != row.Job) {
			rows = append(rows, armedRow{row.Job, "", micros(time.Now())})
		}
	}
	s.mu.Unlock()
	if len(rows) == 0 {
		return nil
	}
	err := s.write(ctx, func(ctx context.Context, t tx) error {
		_, err := t.exec(ctx, `INSERT INTO jobs (job, schedule, since) SELECT v.job, v.schedule, v.since
			FROM {list job text, schedule text, since bigint} WHERE true ORDER BY v.job ON CONFLICT (job) DO NOTHING`, list(rows))
		return err
	})
	if err != nil {
		return fmt.Errorf("jobs of the ledger: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, row := range rows {
		s.seenJobs[row.Job] = true
	}
	return nil
}
