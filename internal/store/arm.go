package store

import (
	"context"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
	"time"

	"speckle-runner/internal/store/database"
)

// Armed is a job whose ticks are expected from now on.
type Armed struct {
	Job string
	// Schedule is its schedule as text; empty for a job that is disabled or was taken
	// out of the job file.
	Schedule string
	// Since is since when the job has this schedule. It counts only where the ledger has
	// another schedule for the job.
	Since time.Time
	// Settled says that all ticks of the schedule before are in the ledger.
	Settled bool
	// Moved says that the clock was wrong when an earlier Since was written.
	Moved bool
}

// Standing is what the ledger knows of a job's ticks.
type Standing struct {
	// Upto is the time up to which all of them are in the ledger: the newest tick that
	// came from a schedule, or since when the job has this schedule.
	Upto time.Time
	// Unsettled is another schedule whose ticks after Upto the ledger still lacks. The
	// job isn't armed then: those come first.
	Unsettled string
}

type armedRow struct {
	Job      string `json:"job"`
	Schedule string `json:"schedule"`
	Follows  int64  `json:"follows"`
	Since    int64  `json:"since"`
	Settled  bool   `json:"-"`
	Moved    bool   `json:"-"`
}

// followsKey is the number that stands for a schedule in the ledger: 0 for none, and for no other.
func followsKey(schedule string) int64 {
	if schedule == "" {
		return 0
	}
	h := fnv.New64a()
	_, _ = h.Write([]byte(schedule)) // never fails
	return int64(h.Sum64()>>1) | 1<<62
}

// uptoSQL gives up to when a job's ticks are in the ledger: those of its schedule, and those
// of which nobody noted where they came from. Another node may still write ticks of the
// schedule before, which say nothing of these. It reads from the newest run
// down to the first that fits; max() would read all of them.
const uptoSQL = `coalesce((SELECT r.tick FROM runs r
	WHERE r.job = j.job AND r.tick > j.since AND r.via IN ('schedule', 'catch-up')
		AND r.follows IN (0, j.follows) ORDER BY r.tick DESC LIMIT 1), j.since)`

// Arm notes the schedules of jobs, and gives what is known of their ticks. Ticks after
// that which have passed were missed; those of the time in which a job was disabled weren't.
func (s *Store) Arm(ctx context.Context, armed []Armed) (map[string]Standing, error) {
	rows := make([]armedRow, len(armed))
	for i, a := range armed {
		rows[i] = armedRow{a.Job, a.Schedule, followsKey(a.Schedule), database.Micros(a.Since), a.Settled, a.Moved}
	}
	slices.SortFunc(rows, func(a, b armedRow) int { return strings.Compare(a.Job, b.Job) })
	recorded := make(map[string]Standing, len(armed))
	err := s.db.Write(ctx, func(ctx context.Context, t database.Tx) error {
		clear(recorded)
		for part := range slices.Chunk(rows, chunk) {
			ready, err := unsettled(ctx, t, part, recorded)
			if err != nil {
				return err
			}
			if err := armTx(ctx, t, ready); err != nil {
				return err
			}
			found, err := database.Collect(ctx, t, scanKey, `SELECT j.job, `+uptoSQL+` FROM {list job text} JOIN jobs j ON j.job = v.job`,
				database.List(ready))
			if err != nil {
				return err
			}
			for _, f := range found {
				recorded[f.Job] = Standing{Upto: database.FromMicros(f.Tick)}
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
		s.seenJobs[job] = true // unsettled ones have a row, too
	}
	return recorded, nil
}

// unsettled notes which jobs have another schedule in the ledger, and gives the others.
func unsettled(ctx context.Context, t database.Tx, part []armedRow, recorded map[string]Standing) ([]armedRow, error) {
	type oldRow struct {
		key
		schedule string
	}
	found, err := database.Collect(ctx, t, func(r database.Rows) (oldRow, error) {
		var o oldRow
		return o, r.Scan(&o.Job, &o.Tick, &o.schedule)
	}, `SELECT j.job, `+uptoSQL+`, j.schedule FROM {list job text, schedule text} JOIN jobs j ON j.job = v.job
		WHERE j.schedule <> v.schedule AND j.schedule <> ''`, database.List(part))
	if err != nil {
		return nil, err
	}
	old := make(map[string]oldRow, len(found))
	for _, o := range found {
		old[o.Job] = o
	}
	ready := make([]armedRow, 0, len(part))
	for _, row := range part {
		if o, differs := old[row.Job]; differs && !row.Settled {
			recorded[row.Job] = Standing{database.FromMicros(o.Tick), o.schedule}
		} else {
			ready = append(ready, row)
		}
	}
	return ready, nil
}

func armTx(ctx context.Context, t database.Tx, ready []armedRow) error {
	_, err := t.Exec(ctx, `INSERT INTO jobs (job, schedule, follows, since) SELECT v.job, v.schedule, v.follows, v.since
		FROM {list job text, schedule text, follows bigint, since bigint} WHERE true ORDER BY v.job
		ON CONFLICT (job) DO UPDATE SET schedule = excluded.schedule, follows = excluded.follows,
		  since = CASE WHEN jobs.schedule <> excluded.schedule THEN excluded.since ELSE jobs.since END
		WHERE jobs.schedule <> excluded.schedule OR jobs.follows <> excluded.follows`,
		database.List(ready))
	moved := slices.DeleteFunc(slices.Clone(ready), func(r armedRow) bool { return !r.Moved })
	if err != nil || len(moved) == 0 {
		return err
	}
	_, err = t.Exec(ctx, `UPDATE jobs SET since = v.since FROM {list job text, since bigint} WHERE jobs.job = v.job`, database.List(moved))
	return err
}

// ensureJobs gives a row to jobs that never were armed: claims and ends of a job lock it.
func (s *Store) ensureJobs(ctx context.Context, sorted []runRow) error {
	var rows []armedRow
	s.mu.Lock()
	for _, row := range sorted {
		if !s.seenJobs[row.Job] && (len(rows) == 0 || rows[len(rows)-1].Job != row.Job) {
			rows = append(rows, armedRow{Job: row.Job, Since: database.Micros(time.Now())})
		}
	}
	s.mu.Unlock()
	if len(rows) == 0 {
		return nil
	}
	err := s.db.Write(ctx, func(ctx context.Context, t database.Tx) error {
		_, err := t.Exec(ctx, `INSERT INTO jobs (job, schedule, since) SELECT v.job, v.schedule, v.since
			FROM {list job text, schedule text, since bigint} WHERE true ORDER BY v.job ON CONFLICT (job) DO NOTHING`, database.List(rows))
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
