package history

import (
	"context"
	"fmt"
	"time"

	"speckle-runner/internal/store/database"
)

// Standing is how a job stands: its newest run that has ended, and its newest
// good one.
type Standing struct {
	Point

	Good time.Time // tick of the newest good run; zero: none
}

// Point is one run among many, as a list or a plot shows it.
type Point struct {
	Run, Job            string
	Tick                time.Time
	State               State
	Attempt             int
	StartedAt, Finished time.Time // zero: it hasn't
	Records, Bytes      int64
	Error               string // its beginning
}

// pointColumns are of runs as r; an error may be kilobytes, a list shows a line.
var pointColumns = `r.job, r.tick, r.state, r.attempt, r.started_at, r.finished_at, r.records, r.bytes, substr(r.error, 1, 400), ` +
	VersionOf("r")

func (p *Point) into(tick, started, finished *int64, version *string) []any {
	return []any{&p.Job, tick, &p.State, &p.Attempt, started, finished, &p.Records, &p.Bytes, &p.Error, version}
}

func scanPoint(row database.Rows, more ...any) (Point, error) {
	var p Point
	var tick, started, finished int64
	var version string
	err := row.Scan(append(p.into(&tick, &started, &finished, &version), more...)...)
	p.Tick = database.FromMicros(tick)
	p.Run = VersionRunID(p.Job, p.Tick, version)
	if started != 0 {
		p.StartedAt = database.FromMicros(started)
	}
	if finished != 0 {
		p.Finished = database.FromMicros(finished)
	}
	return p, err
}

// Standings gives how every job of the ledger stands, or only the named ones. A
// tick that was skipped says nothing of that: another run was under way.
func (r Reader) Standings(ctx context.Context, only ...string) (map[string]Standing, error) {
	// CROSS JOIN has SQLite begin with the jobs, not with all runs.
	from, args := "jobs j", []any(nil)
	if len(only) > 0 {
		from, args = "(SELECT v.job FROM {list job text}) AS j", []any{database.List(keysOf(only))}
	}
	found, err := database.Collect(ctx, r.db.Read(), func(row database.Rows) (Standing, error) {
		var s Standing
		var good int64
		p, err := scanPoint(row, &good)
		s.Point = p
		if good != 0 {
			s.Good = database.FromMicros(good)
		}
		return s, err
	}, `SELECT `+pointColumns+`, CASE WHEN r.state = 'succeeded' THEN r.tick ELSE coalesce(
			(SELECT g.tick FROM runs g WHERE g.job = w.job AND g.state = 'succeeded' ORDER BY g.tick DESC LIMIT 1), 0) END
		FROM (SELECT j.job, (SELECT x.tick FROM runs x WHERE x.job = j.job AND x.state NOT IN ('scheduled', 'running', 'skipped')
			ORDER BY x.tick DESC LIMIT 1) AS tick FROM `+from+`) AS w
		CROSS JOIN runs r WHERE r.job = w.job AND r.tick = w.tick`, args...)
	if err != nil {
		return nil, fmt.Errorf("how the jobs stand: %w", r.db.Explain(err))
	}
	standings := make(map[string]Standing, len(found))
	for _, s := range found {
		standings[s.Job] = s
	}
	return standings, nil
}

// EndedSince gives the jobs of which a run has ended from an instant on, by the
// database's clock, and when the last run of each did.
func (r Reader) EndedSince(ctx context.Context, since time.Time) (map[string]time.Time, error) {
	ended := map[string]time.Time{}
	_, err := database.Collect(ctx, r.db.Read(), func(row database.Rows) (struct{}, error) {
		var job string
		var micros int64
		err := row.Scan(&job, &micros)
		if at := database.FromMicros(micros); at.After(ended[job]) {
			ended[job] = at
		}
		return struct{}{}, err
	}, // GROUP BY would have SQLite walk through all runs, job by job
		`SELECT job, finished_at FROM runs WHERE finished_at > 0 AND finished_at >= $1`, database.Micros(since))
	if err != nil {
		return nil, fmt.Errorf("which jobs have ended a run: %w", r.db.Explain(err))
	}
	return ended, nil
}

func keysOf(jobs []string) []key {
	keys := make([]key, len(jobs))
	for i, job := range jobs {
		keys[i] = key{Job: job}
	}
	return keys
}

// Points gives the newest n runs of each of some jobs, the oldest first.
func (r Reader) Points(ctx context.Context, jobs []string, n int) (map[string][]Point, error) {
	found, err := database.Collect(ctx, r.db.Read(), func(row database.Rows) (Point, error) { return scanPoint(row) },
		`SELECT `+pointColumns+` FROM (SELECT v.job, coalesce((SELECT x.tick FROM runs x WHERE x.job = v.job
			ORDER BY x.tick DESC LIMIT 1 OFFSET $2), 0) AS since FROM {list job text}) AS w
		JOIN runs r ON r.job = w.job AND r.tick >= w.since ORDER BY r.job, r.tick`, database.List(keysOf(jobs)), n-1)
	if err != nil {
		return nil, fmt.Errorf("the newest runs of %d jobs: %w", len(jobs), r.db.Explain(err))
	}
	points := make(map[string][]Point, len(jobs))
	for _, p := range found {
		points[p.Job] = append(points[p.Job], p)
	}
	return points, nil
}

// Underway gives the runs that go on now, of all nodes, the newest of each job.
// The plus keeps SQLite from walking through all runs in their order.
func (r Reader) Underway(ctx context.Context) (map[string]Point, error) {
	found, err := database.Collect(ctx, r.db.Read(), func(row database.Rows) (Point, error) { return scanPoint(row) },
		`SELECT `+pointColumns+` FROM runs r WHERE r.state = 'running' ORDER BY +r.tick`)
	if err != nil {
		return nil, fmt.Errorf("what runs now: %w", r.db.Explain(err))
	}
	underway := make(map[string]Point, len(found))
	for _, p := range found {
		underway[p.Job] = p
	}
	return underway, nil
}

// Waiting is what a job's receivers have refused so far, and is tried again.
type Waiting struct {
	Job      string
	Messages int64
	Since    time.Time // the oldest one's first try
}

// Waiting gives, for every job, the messages that weren't taken and are tried again.
func (r Reader) Waiting(ctx context.Context) ([]Waiting, error) {
	found, err := database.Collect(ctx, r.db.Read(), func(row database.Rows) (Waiting, error) {
		var w Waiting
		var since int64
		err := row.Scan(&w.Job, &w.Messages, &since)
		w.Since = database.FromMicros(since)
		return w, err
	}, `SELECT job, count(*), min(created_at) FROM deliveries
		WHERE state IN ('queued', 'sending', 'failed') AND state <> 'failed' AND attempts > 0 AND error <> '' GROUP BY job ORDER BY job`)
	if err != nil {
		return nil, fmt.Errorf("what receivers refuse: %w", r.db.Explain(err))
	}
	return found, nil
}
