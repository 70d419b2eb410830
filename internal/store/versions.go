package store

import (
	"context"
	"fmt"
	"time"

	"speckle-runner/internal/store/database"
	"speckle-runner/internal/store/history"
)

// Version is a version of a model that a job has a run for.
type Version struct {
	ID, Model string
	Created   time.Time
}

// VersionTicks gives the ticks of a job's runs of versions: the instant at which each was
// made, or the next free one. A version keeps the tick that it has, so that all nodes, and a
// second look, have the same run.
func (s *Store) VersionTicks(ctx context.Context, job string, versions []Version) ([]time.Time, error) {
	ticks := make([]time.Time, len(versions))
	err := checkIDs(versions)
	if err == nil {
		err = s.ensureJobs(ctx, []runRow{{key: key{Job: job}}})
	}
	if err == nil {
		err = s.db.Write(ctx, func(ctx context.Context, t database.Tx) error {
			if err := lockJobs(ctx, t, []key{{Job: job}}); err != nil {
				return err
			}
			for i, v := range versions {
				tick, err := versionTick(ctx, t, job, v)
				if err != nil {
					return err
				}
				ticks[i] = database.FromMicros(tick)
			}
			return nil
		})
	}
	if err != nil {
		return nil, fmt.Errorf("ticks of %d versions for %s: %w", len(versions), job, err)
	}
	return ticks, nil
}

// checkIDs refuses ids of versions that can't be part of a run's id.
func checkIDs(versions []Version) error {
	for _, v := range versions {
		if !history.IsVersion(v.ID) {
			return fmt.Errorf("%.40q isn't the id of a version: it has more than letters, digits, - and _", v.ID)
		}
	}
	return nil
}

// versionTick gives a version's tick, a new one where it has none. A new one isn't that of
// another version or run, nor one that the job's schedule may have.
func versionTick(ctx context.Context, t database.Tx, job string, v Version) (int64, error) {
	found, err := database.Collect(ctx, t, database.Int, `SELECT tick FROM run_versions WHERE job = $1 AND version = $2`, job, v.ID)
	if err != nil || len(found) > 0 {
		return first(found), err
	}
	ofSchedule, err := database.Collect(ctx, t, database.Int, `SELECT 1 FROM jobs WHERE job = $1 AND schedule <> ''`, job)
	if err != nil {
		return 0, err
	}
	tick := database.Micros(database.Canonical(v.Created))
	for {
		if len(ofSchedule) > 0 && tick%time.Second.Microseconds() == 0 {
			tick++ // the schedule's ticks lie on whole seconds
		}
		taken, err := database.Collect(ctx, t, database.Int, `SELECT tick FROM run_versions WHERE job = $1 AND tick = $2
			UNION SELECT tick FROM runs WHERE job = $1 AND tick = $2`, job, tick)
		if err != nil {
			return 0, err
		}
		if len(taken) == 0 {
			break
		}
		tick++
	}
	_, err = t.Exec(ctx, `INSERT INTO run_versions (job, version, model, tick) VALUES ($1, $2, $3, $4)`, job, v.ID, v.Model, tick)
	return tick, err
}

func first(found []int64) int64 {
	if len(found) == 0 {
		return 0
	}
	return found[0]
}

// VersionOf gives the version that a job's run of a tick is of. known is false for a run of
// none.
func (s *Store) VersionOf(ctx context.Context, job string, tick time.Time) (v Version, known bool, err error) {
	tick = database.Canonical(tick)
	found, err := database.Collect(ctx, s.db.Read(), func(r database.Rows) (v Version, err error) {
		err = r.Scan(&v.ID, &v.Model)
		return v, err
	}, `SELECT version, model FROM run_versions WHERE job = $1 AND tick = $2`, job, database.Micros(tick))
	if err != nil {
		return Version{}, false, fmt.Errorf("the version of run %s: %w", RunID(job, tick), s.db.Explain(err))
	}
	if len(found) == 0 {
		return Version{}, false, nil
	}
	found[0].Created = tick.Truncate(time.Millisecond)
	return found[0], true, nil
}
