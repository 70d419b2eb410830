package retention

import (
	"context"
	"fmt"

	"speckle-runner/internal/store/database"
	"speckle-runner/internal/store/marks"
)

// chunk is how many runs go in one transaction.
const chunk = 1000

// reach is a job that may have runs to forget: all of them are before Bound, and those
// up to Cut have as many newer ones as are kept. Nothing behind is looked at, so that
// looking costs what there is to forget, not what is kept.
type reach struct {
	Job   string `json:"job"`
	Cut   int64  `json:"cut"`
	Bound int64  `json:"bound"`
	Kept  int64  `json:"kept"` // a run with files stays from then on; 0: none does for them

	newest int64 // its newest tick
}

// selectReaches steps from job to job in the runs' own order: all jobs that ever had
// one, whether or not somebody still knows them.
const selectReaches = `
WITH RECURSIVE named(job) AS (
  SELECT min(job) FROM runs
  UNION ALL SELECT (SELECT min(r.job) FROM runs r WHERE r.job > named.job) FROM named WHERE named.job IS NOT NULL)
SELECT job, coalesce(CASE WHEN CAST($1 AS BIGINT) > 0 THEN
    (SELECT r.tick FROM runs r WHERE r.job = named.job ORDER BY r.tick DESC LIMIT 1 OFFSET $1) END, 0),
  (SELECT min(r.tick) FROM runs r WHERE r.job = named.job), (SELECT max(r.tick) FROM runs r WHERE r.job = named.job)
FROM named WHERE job IS NOT NULL`

// reaches finds those jobs. It only reads: what is written meanwhile is newer.
func (o Old) reaches(ctx context.Context, b bounds) ([]reach, error) {
	var some []reach
	_, err := database.Collect(ctx, o.db.Read(), func(r database.Rows) (none struct{}, err error) {
		var job reach
		var oldest int64
		if err := r.Scan(&job.Job, &job.Cut, &oldest, &job.newest); err != nil {
			return none, err
		}
		job.Bound = min(b.young, max(b.old, b.failedOld, job.Cut+1))
		if oldest < job.Bound {
			some = append(some, job)
		}
		return none, nil
	}, selectReaches, int64(b.count))
	return some, err
}

var selectOld = `
SELECT r.job, r.tick FROM {list job text, cut bigint, bound bigint, kept bigint} CROSS JOIN runs r
WHERE r.job = v.job AND r.tick < v.bound AND r.created_at < $2 AND r.state NOT IN ('scheduled', 'running')
  AND ((r.state <> 'failed' AND r.tick < $3) OR (r.state = 'failed' AND r.tick < $4) OR r.tick <= v.cut)
  AND NOT (v.kept <> 0 AND r.tick >= v.kept AND r.files <> '')
  AND EXISTS (SELECT 1 FROM runs n WHERE n.job = r.job AND n.tick > r.tick)
  AND NOT (` + ofSchedule("r") + ` AND NOT EXISTS (SELECT 1 FROM runs n WHERE n.job = r.job AND n.tick > r.tick AND ` + ofSchedule("n") + `))
  AND NOT (r.state = 'succeeded' AND NOT EXISTS (SELECT 1 FROM runs n WHERE n.job = r.job AND n.tick > r.tick AND n.state = 'succeeded'))
  AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.job = r.job AND d.tick = r.tick AND d.state IN ('queued', 'sending'))
  AND NOT (r.state = 'succeeded' AND NOT ` + marks.LostOutput("r") + ` AND NOT EXISTS (
    SELECT 1 FROM runs n WHERE n.job = r.job AND n.tick > r.tick AND n.state = 'succeeded' AND NOT ` + marks.LostOutput("n") + `
      AND NOT EXISTS (SELECT 1 FROM marks m WHERE m.job = n.job AND m.tick = n.tick AND m.output = '' AND m.base <> 0)))
  AND NOT EXISTS (SELECT 1 FROM marks m WHERE m.job = r.job AND m.tick = r.tick AND m.output <> '' AND NOT ` +
	marks.LostMark("m") + ` AND NOT EXISTS (
    SELECT 1 FROM marks n WHERE n.job = m.job AND n.tick > m.tick AND n.base = 0 AND (n.output = m.output OR m.output = '*') AND NOT ` +
	marks.LostMark("n") + `))
  AND NOT EXISTS (SELECT 1 FROM marks m WHERE m.job = r.job AND m.base = r.tick AND m.base <> 0)
LIMIT $5`

// ofSchedule asks of a row of a run whether it is a tick of the schedule that its job follows. The
// newest says up to where ticks are known (uptoSQL in package store): without it, the next
// start would tell those since the job got that schedule as missed.
func ofSchedule(run string) string {
	return fmt.Sprintf(`%[1]s.via IN ('schedule', 'catch-up')
    AND %[1]s.follows IN (0, (SELECT j.follows FROM jobs j WHERE j.job = %[1]s.job))`, run)
}

// deleteFrom names the rows of a table that hang on some runs. Their keys come first:
// asked the other way round, SQLite reads the whole table for each of them.
func deleteFrom(table string) string {
	return `DELETE FROM ` + table + ` WHERE (job, tick) IN (SELECT v.job, v.tick FROM {list job text, tick bigint})`
}

// hanging are the tables that hold something of a run, and runs themselves.
var hanging = []string{"attempts", "tries", "deliveries", "marks", "known_records", "run_versions", "runs"}

func deleteRuns(ctx context.Context, t database.Tx, jobs []reach, b bounds) (int, error) {
	keys, err := database.Collect(ctx, t, scanKey, selectOld, database.List(jobs), b.young, b.old, b.failedOld, chunk)
	if err != nil || len(keys) == 0 {
		return 0, err
	}
	for _, table := range hanging {
		if _, err := t.Exec(ctx, deleteFrom(table), database.List(keys)); err != nil {
			return 0, err
		}
	}
	return len(keys), nil
}
