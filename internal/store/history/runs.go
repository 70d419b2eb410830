package history

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"speckle-runner/internal/store/database"
	"speckle-runner/internal/store/marks"
)

// key names a run in statements that take many.
type key struct {
	Job  string `json:"job"`
	Tick int64  `json:"tick"`
}

// Filter picks runs of the ledger.
type Filter struct {
	Job    string
	States []State
	// Before picks ticks before that instant, Since those not before it.
	Before, Since time.Time
	// After picks runs that come after this place in the list.
	After Place
	// Undelivered picks runs that owe a message: one that waits or is being
	// sent, or one that was given up and not forgotten.
	Undelivered bool
	// Output picks runs among whose files is one of this output; with a Job.
	Output string
	// Limit bounds the answer; 0 means 100.
	Limit int

	told bool // only runs that {last_success} can stand at; with a Job
}

// Place is where a run stands in the list of all, whether or not it is still there.
type Place struct {
	Job  string
	Tick time.Time
}

const runFields = `job, tick, state, attempt, via, node, started_at, finished_at, pages, records, bytes, files, warnings, unchanged, left_out, ` +
	`error, cause, due_at, server, generation, query_hash`

var runColumns = runFields + ", " + lostSince + ", " + VersionOf("runs")

// lostSince asks in the statement that reads the run: its process ends the run before its lease. One without a lease is gone.
const lostSince = `CASE WHEN state = 'running' AND NOT EXISTS (SELECT 1 FROM node_lease l WHERE l.node = runs.node AND l.expires_at >= {now})
  THEN coalesce((SELECT l.expires_at FROM node_lease l WHERE l.node = runs.node), {now}) ELSE 0 END`

func scanRun(row database.Rows) (Run, error) {
	var run Run
	var tick, started, finished, due, lost, leftOut int64
	var files, warnings, unchanged, version string
	if err := row.Scan(&run.Job, &tick, &run.State, &run.Attempt, &run.Trigger, &run.Node, &started, &finished, &run.Pages, &run.Records,
		&run.Bytes,
		&files, &warnings, &unchanged, &leftOut, &run.Error, &run.Cause, &due, &run.Server, &run.Generation, &run.QueryHash, &lost,
		&version); err != nil {
		return scanUnreadable(row, strings.Count(runFields, ",")+3, err)
	}
	run.Tick, run.DueAt = database.FromMicros(tick), database.FromMicros(due)
	run.Run = VersionRunID(run.Job, run.Tick, version)
	run.StartedAt, run.FinishedAt = database.TimeOrNil(started), database.TimeOrNil(finished)
	run.LostSince = database.TimeOrNil(lost)
	run.LeftOut = leftOut != 0
	if run.State == Scheduled && run.Attempt > 0 {
		run.TriesAgainAt = database.TimeOrNil(due)
	}
	if run.State != Failed { // of an attempt that another has followed
		run.Cause = ""
	}
	run.Files, run.Warnings, run.Deliveries = []File{}, []string{}, []RunDelivery{}
	run.readFiles(files)
	readList(&run, "unchanged outputs", unchanged, &run.Unchanged)
	if told := []string{}; readList(&run, "warnings", warnings, &told) {
		run.Warnings = append(told, run.Warnings...)
	}
	return run, nil
}

// Runs gives runs of the ledger, the newest tick first.
func (r Reader) Runs(ctx context.Context, f Filter) ([]Run, error) {
	statement, args := f.statement()
	runs, err := database.Collect(ctx, r.db.Read(), scanRun, statement, args...)
	if err != nil {
		return nil, fmt.Errorf("read the ledger: %w", r.db.Explain(err))
	}
	if err := r.addRunDeliveries(ctx, runs); err != nil {
		return nil, fmt.Errorf("read the ledger: %w", r.db.Explain(err))
	}
	if runs == nil {
		runs = []Run{}
	}
	return runs, nil
}

// statement finds the runs, with its values.
func (f Filter) statement() (string, []any) {
	where, args := f.where()
	args = append(args, cmp.Or(max(0, f.Limit), 100))
	return fmt.Sprintf(`SELECT %s FROM runs%s ORDER BY tick DESC, job LIMIT $%d`, runColumns, where, len(args)), args
}

// The states of runs that have ended, but not well, as the index runs_ended_otherwise has
// them; and those of runs that go on, as runs_running has.
const (
	endedOtherwise = `state IN ('failed', 'canceled', 'interrupted', 'skipped', 'missed')`
	goesOn         = `state = 'running'`
)

// few says in an index's own words that only runs are wanted of which there are few, ""
// where there may be many. A parameter doesn't tell a database so.
func (f Filter) few() string {
	switch {
	case len(f.States) == 0:
		return ""
	case !slices.ContainsFunc(f.States, func(s State) bool { return s != Running }):
		return goesOn
	case !slices.ContainsFunc(f.States, func(s State) bool { return !s.Ended() || s == Succeeded }):
		return endedOtherwise
	}
	return ""
}

func (f Filter) where() (string, []any) {
	var parts []string
	var args []any
	few := f.few()
	add := func(part string, arg any) {
		args = append(args, arg)
		parts = append(parts, fmt.Sprintf(part, len(args)))
	}
	if f.Job != "" {
		add("job = $%d", f.Job)
	}
	if f.told {
		add(marks.VoidSuccesses, f.Job)
	}
	if !f.Before.IsZero() {
		add("tick < $%d", database.Micros(database.Canonical(f.Before)))
	} else if f.Job == "" && !f.Undelivered && len(f.States) > 0 && few != goesOn {
		add("tick < $%d", int64(math.MaxInt64)) // else SQLite reads all runs, and sorts them
	}
	if !f.Since.IsZero() {
		add("tick >= $%d", database.Micros(f.Since))
	}
	if !f.After.Tick.IsZero() {
		args = append(args, database.Micros(database.Canonical(f.After.Tick)), f.After.Job)
		// The first part says to an index what the second says in full.
		parts = append(parts, fmt.Sprintf("tick <= $%[1]d AND (tick < $%[1]d OR job > $%[2]d)", len(args)-1, len(args)))
	}
	if len(f.States) > 0 {
		var marks []string
		for _, state := range f.States {
			args = append(args, string(state))
			marks = append(marks, fmt.Sprintf("$%d", len(args)))
		}
		parts = append(parts, "state IN ("+strings.Join(marks, ", ")+")")
	}
	if few != "" {
		parts = append(parts, few)
	}
	if f.Output != "" {
		add("files LIKE $%d ESCAPE '!'", marks.FilesOf(f.Output))
	}
	if f.Undelivered {
		parts = append(parts, "(job, tick) IN (SELECT d.job, d.tick FROM deliveries d WHERE d.state IN ('queued', 'sending', 'failed'))")
	}
	if len(parts) == 0 {
		return "", args
	}
	return " WHERE " + strings.Join(parts, " AND "), args
}

func (r Reader) addRunDeliveries(ctx context.Context, runs []Run) error {
	if len(runs) == 0 {
		return nil
	}
	keys := make([]key, len(runs))
	at := make(map[key]int, len(runs))
	for i, run := range runs {
		keys[i] = key{run.Job, database.Micros(run.Tick)}
		at[keys[i]] = i
	}
	_, err := database.Collect(ctx, r.db.Read(), func(row database.Rows) (struct{}, error) {
		var k key
		var d RunDelivery
		var next int64
		if err := row.Scan(&k.Job, &k.Tick, &d.ID, &d.Target, &d.State, &d.Attempts, &d.Error, &next, &d.Note); err != nil {
			return struct{}{}, err
		}
		if d.State == DeliverySending { // to the outside it is owed, or it is done
			d.State = DeliveryQueued
		}
		if d.State == DeliveryQueued {
			d.NextTry = database.TimeOrNil(next)
		}
		run := &runs[at[k]]
		run.Deliveries = append(run.Deliveries, d)
		return struct{}{}, nil
	}, `SELECT d.job, d.tick, d.id, d.target, d.state, d.attempts, d.error, d.next_at, d.note FROM {list job text, tick bigint} JOIN deliveries d ON d.job = v.job AND d.tick = v.tick ORDER BY d.seq, d.id`, database.List(keys))
	return err
}

// Run gives one run.
func (r Reader) Run(ctx context.Context, id string) (Run, error) {
	job, tick, err := ParseRunID(id)
	if err != nil {
		return Run{}, err
	}
	run, err := r.RunAt(ctx, job, tick)
	if err == nil && run.Run != id {
		return Run{}, fmt.Errorf("%w: %s", ErrNotFound, id)
	}
	return run, err
}

// RunAt gives a job's run at a tick.
func (r Reader) RunAt(ctx context.Context, job string, tick time.Time) (Run, error) {
	tick = database.Canonical(tick)
	runs, err := r.Runs(ctx, Filter{Job: job, Since: tick, Before: tick.Add(time.Microsecond), Limit: 1})
	if err != nil {
		return Run{}, err
	}
	if len(runs) == 0 {
		return Run{}, fmt.Errorf("%w: %s", ErrNotFound, RunID(job, tick))
	}
	return runs[0], nil
}

// LastRun gives a job's newest run that has begun or ended, nil if there is none.
func (r Reader) LastRun(ctx context.Context, job string) (*Run, error) {
	return first(r.Runs(ctx, Filter{Job: job, States: []State{Running, Succeeded, Failed, Canceled, Interrupted}, Limit: 1}))
}

// LastSuccess gives a job's newest good run before a tick, nil if there is
// none. A zero tick means no bound.
func (r Reader) LastSuccess(ctx context.Context, job string, before time.Time) (*Run, error) {
	return first(r.Runs(ctx, Filter{Job: job, States: []State{Succeeded}, Before: before, Limit: 1}))
}

// LastTold gives a job's newest good run before a tick whose messages, and those
// of the runs that it went on from, were delivered or are on their way.
func (r Reader) LastTold(ctx context.Context, job string, before time.Time) (*Run, error) {
	return first(r.Runs(ctx, Filter{Job: job, States: []State{Succeeded}, Before: before, Limit: 1, told: true}))
}

func first(runs []Run, err error) (*Run, error) {
	if err != nil || len(runs) == 0 {
		return nil, err
	}
	return &runs[0], nil
}

// Latest is what is shown of a job.
type Latest struct{ Run, Success *Run }

// LatestOf gives the last run and the last good run of some jobs.
func (r Reader) LatestOf(ctx context.Context, jobs []string) (map[string]Latest, error) {
	type one struct {
		Name string `json:"name"`
	}
	list := make([]one, len(jobs))
	for i, job := range jobs {
		list[i].Name = job
	}
	return r.latest(ctx, `{list name text} JOIN runs ON runs.job = v.name AND runs.tick =
		(SELECT r.tick FROM runs r WHERE r.job = v.name AND r.state IN (%s) ORDER BY r.tick DESC LIMIT 1)`, database.List(list))
}

// Latest gives the last run and the last good run of every job.
func (r Reader) Latest(ctx context.Context) (map[string]Latest, error) {
	return r.latest(ctx, `(SELECT j.job AS named, (SELECT r.tick FROM runs r WHERE r.job = j.job AND r.state IN (%s)
		ORDER BY r.tick DESC LIMIT 1) AS newest FROM jobs j) AS w CROSS JOIN runs WHERE runs.job = w.named AND runs.tick = w.newest`)
}

// latest asks for runs twice: in the states that count as a run, and as a good one.
func (r Reader) latest(ctx context.Context, from string, args ...any) (map[string]Latest, error) {
	latest := map[string]Latest{}
	for _, good := range []bool{false, true} {
		states := `'running', 'succeeded', 'failed', 'canceled', 'interrupted'`
		if good {
			states = `'succeeded'`
		}
		runs, err := database.Collect(ctx, r.db.Read(), scanRun, `SELECT `+runColumns+` FROM `+fmt.Sprintf(from, states), args...)
		if err != nil {
			return nil, fmt.Errorf("read the ledger: %w", r.db.Explain(err))
		}
		for _, run := range runs {
			one := latest[run.Job]
			if good {
				one.Success = &run
			} else {
				one.Run = &run
			}
			latest[run.Job] = one
		}
	}
	return latest, nil
}

// Retrying gives the jobs that have a run which has failed and waits for its
// next attempt, and when that is.
func (r Reader) Retrying(ctx context.Context) (map[string]time.Time, error) {
	type waiting struct {
		job string
		due int64
	}
	found, err := database.Collect(ctx, r.db.Read(), func(row database.Rows) (waiting, error) {
		var w waiting
		return w, row.Scan(&w.job, &w.due)
	}, `SELECT job, min(due_at) FROM runs WHERE active = 1 AND state = 'scheduled' AND attempt > 0 AND failures > 0 GROUP BY job`)
	if err != nil {
		return nil, fmt.Errorf("read the ledger: %w", r.db.Explain(err))
	}
	retrying := make(map[string]time.Time, len(found))
	for _, w := range found {
		retrying[w.job] = database.FromMicros(w.due)
	}
	return retrying, nil
}

// attemptsOf gives a run's attempts, the oldest first, with their logs.
func (r Reader) attemptsOf(ctx context.Context, run *Run) ([]Attempt, error) {
	attempts, err := database.Collect(ctx, r.db.Read(), func(row database.Rows) (Attempt, error) {
		var a Attempt
		var started, finished int64
		err := row.Scan(&a.Attempt, &a.State, &a.Node, &started, &finished, &a.Error, &a.Log)
		a.StartedAt, a.FinishedAt = database.TimeOrNil(started), database.TimeOrNil(finished)
		return a, err
	}, `SELECT attempt, state, node, started_at, finished_at, error, log FROM attempts WHERE job = $1 AND tick = $2 ORDER BY attempt`, run.Job,
		database.Micros(run.Tick))
	if err != nil {
		return nil, fmt.Errorf("attempts of run %s: %w", run.Run, r.db.Explain(err))
	}
	// The current attempt, and an only one that left no log, have no row.
	has := slices.ContainsFunc(attempts, func(a Attempt) bool { return a.Attempt == run.Attempt })
	if run.Attempt > 0 && !has && run.State != Scheduled {
		attempts = append(attempts, Attempt{run.Attempt, run.State, run.Node, run.StartedAt, run.FinishedAt, run.Error, ""})
	}
	return attempts, nil
}

// Whole gives a run with its attempts, its log, and each try of its messages.
func (r Reader) Whole(ctx context.Context, id string) (Whole, error) {
	run, err := r.Run(ctx, id)
	if err != nil {
		return Whole{}, err
	}
	attempts, err := r.attemptsOf(ctx, &run)
	if err != nil {
		return Whole{}, err
	}
	if err := r.addTries(ctx, &run); err != nil {
		return Whole{}, err
	}
	return Whole{run, append([]Attempt{}, attempts...), logOf(attempts)}, nil
}

// logOf gives the log of a run: that of each attempt, one after the other.
func logOf(attempts []Attempt) string {
	var out strings.Builder
	for _, a := range attempts {
		if len(attempts) > 1 {
			fmt.Fprintf(&out, "--- attempt %d: %s %s\n", a.Attempt, a.State, a.Error)
		}
		out.WriteString(a.Log)
		if a.Log != "" && !strings.HasSuffix(a.Log, "\n") {
			out.WriteByte('\n')
		}
	}
	return out.String()
}
