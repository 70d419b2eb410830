package store

import (
	"cmp"
	"context"
	"slices"
	"time"

	"speckle-runner/internal/store/database"
	"speckle-runner/internal/store/marks"
	"speckle-runner/internal/store/queue"
)

// Files of an earlier attempt stay in the row when a later one publishes nothing, with what
// they lack. A run that was canceled meanwhile is not scheduled again: it becomes a stray, and the beat
// ends it.
const endRunsSQL = `
UPDATE runs SET state = v.state, active = v.active, waiting = CASE WHEN v.active = 2 THEN 2 ELSE 0 END, cancel = '',
  attempt = runs.attempt - v.unclaim, failures = failures + v.failed, cause = v.cause,
  failing_since = CASE WHEN v.failed = 1 AND runs.failures = 0 THEN runs.started_at ELSE runs.failing_since END,
  due_at = CASE WHEN v.due_at > 0 THEN v.due_at ELSE runs.due_at END,
  finished_at = v.finished, pages = v.pages, records = v.records, bytes = v.bytes,
  files = CASE WHEN v.files = '' THEN runs.files ELSE v.files END, warnings = v.warnings, error = v.error,
  unchanged = v.unchanged, left_out = CASE WHEN v.files = '' THEN runs.left_out ELSE v.left_out END
FROM {list job text, tick bigint, claim bigint, attempt int, node text, state text, active int, failed int, unclaim int, due_at bigint,
  finished bigint, pages bigint, records bigint, bytes bigint, files text, warnings text, error text, cause text, unchanged text,
  left_out bigint}
WHERE runs.job = v.job AND runs.tick = v.tick AND runs.claim = v.claim AND runs.attempt = v.attempt AND runs.node = v.node
  AND runs.state = 'running'
  AND (v.state <> 'scheduled' OR runs.cancel = '')
RETURNING runs.job, runs.tick, runs.claim`

// onePerClaim leaves out second ends of the same claim: of two ends for one row, an UPDATE
// would take either.
func onePerClaim(ends []*runEnd) []*runEnd {
	seen := make(map[claimed]bool, len(ends))
	kept := make([]*runEnd, 0, len(ends))
	for _, e := range ends {
		c := claimed{e.key, e.Claim}
		if !seen[c] {
			seen[c] = true
			kept = append(kept, e)
		}
	}
	return kept
}

// endRuns writes the ends of attempts and what follows from them. It gives what has to be
// called after the commit.
func (s *Store) endRuns(ctx context.Context, t database.Tx, ends []*runEnd) ([]func(), error) {
	keys := make([]key, len(ends))
	for i, e := range ends {
		keys[i] = e.key
	}
	if err := lockJobs(ctx, t, keys); err != nil {
		return nil, err
	}
	written, err := database.Collect(ctx, t, scanClaimed, endRunsSQL, database.List(onePerClaim(ends)))
	if err != nil {
		return nil, err
	}
	owned := make(map[claimed]bool, len(written))
	for _, c := range written {
		owned[c] = true
	}
	var mine []*runEnd
	var earlier []func()
	for _, e := range ends {
		c := claimed{e.key, e.Claim}
		if owned[c] {
			delete(owned, c)
			mine = append(mine, e)
			continue
		}
		e.fenced, err = s.runFenced(ctx, t, e)
		if err != nil {
			return nil, err
		}
		if !e.fenced { // an earlier write was committed, but its afterEnd wasn't called
			earlier = append(earlier, func() { s.afterEnd(e) })
		}
	}
	after, err := s.afterEnds(ctx, t, mine)
	return append(earlier, after...), err
}

// runFenced reports whether the run belongs to another attempt. False: an earlier write of
// this same end was committed, although its answer was lost.
func (s *Store) runFenced(ctx context.Context, t database.Tx, e *runEnd) (bool, error) {
	if !e.tried {
		return true, nil
	}
	same, err := database.Collect(ctx, t, database.Int,
		`SELECT 1 FROM runs WHERE job = $1 AND tick = $2 AND attempt = $3 AND node = $4 AND state = $5 AND claim = $6`,
		e.Job, e.Tick, e.Attempt-e.Unclaim, e.Node, string(e.State), e.Claim)
	return len(same) == 0, err
}

func (s *Store) afterEnds(ctx context.Context, t database.Tx, ends []*runEnd) ([]func(), error) {
	if len(ends) == 0 {
		return nil, nil
	}
	var after []func()
	var done []int64
	var back []requeueRow
	var over, good []key
	now := time.Now()
	for _, e := range ends {
		if e.State == Scheduled {
			back = append(back, e.requeue(now))
		} else {
			over = append(over, e.key)
			if e.claim.queueID > 0 {
				done = append(done, e.claim.queueID)
			}
			if err := s.addDeliveries(ctx, t, e.key, e.Attempt, e.owed(), e.claim.direct); err != nil {
				return nil, err
			}
			if e.State == Succeeded {
				good = append(good, e.key)
				if err := e.keepMarks(ctx, t); err != nil {
					return nil, err
				}
			}
		}
		after = append(after, func() { s.afterEnd(e) })
	}
	if err := endFailures(ctx, t, good); err != nil {
		return nil, err
	}
	if err := recordAttempts(ctx, t, ends); err != nil {
		return nil, err
	}
	if err := s.requeue(ctx, t, back); err != nil {
		return nil, err
	}
	if err := s.queue.Drop(ctx, t, done); err != nil {
		return nil, err
	}
	released, err := s.releaseWaiters(ctx, t, over)
	return append(after, released...), err
}

// keepMarks writes what is out there after a good run, for later runs to go on from.
func (e *runEnd) keepMarks(ctx context.Context, t database.Tx) error {
	good := marks.Ended{Job: e.Job, Tick: e.Tick}
	if err := marks.Keep(ctx, t, good, e.outcome.Marks); err != nil {
		return err
	}
	if err := marks.Renew(ctx, t, good, e.outcome.Renewed); err != nil {
		return err
	}
	if err := marks.KeepSnapshots(ctx, t, good, e.outcome.Snapshots, e.outcome.Marks); err != nil {
		return err
	}
	if err := marks.KeepKnown(ctx, t, good, e.outcome.Known); err != nil {
		return err
	}
	return marks.KeepTables(ctx, t, good, e.outcome.Tables)
}

// owed gives the messages that the run's end makes due.
func (e *runEnd) owed() []NewDelivery {
	if e.State == Failed {
		return slices.Concat(e.outcome.Deliveries, e.outcome.Failure)
	}
	return e.outcome.Deliveries
}

func (e *runEnd) requeue(now time.Time) requeueRow {
	row := requeueRow{key: e.key, Return: queue.Return{ID: e.claim.queueID, DueAt: e.DueAt}, queue: e.claim.queue, priority: 1}
	if e.Unclaim == 0 {
		row.Failure = queue.Failure(now, e.Attempt, cmp.Or(e.Error, string(e.attempt)))
	}
	return row
}

// afterEnd wakes the queues, and calls Observe, after an end was committed.
func (s *Store) afterEnd(e *runEnd) {
	if e.State == Scheduled {
		s.queue.WakeAt(e.claim.queue, database.FromMicros(e.DueAt))
	}
	if len(e.owed()) > 0 && e.State != Scheduled && !e.claim.direct {
		s.queue.Wake(queue.Deliveries)
	}
	if e.Unclaim == 0 {
		s.observe(Event{
			Run: e.id(), Job: e.Job, Tick: e.claim.Tick, State: e.attempt, Attempt: e.Attempt, Trigger: e.claim.Trigger,
			Final: e.State != Scheduled, Next: database.FromMicros(e.DueAt), Error: e.Error,
		})
	}
}

type attemptRow struct {
	key
	Attempt  int    `json:"attempt"`
	State    State  `json:"state"`
	Node     string `json:"node"`
	Finished int64  `json:"finished"`
	Error    string `json:"error"`
	Log      string `json:"log"`
}

// recordAttempts writes the attempts that say more than their run's row does: those of runs
// with several, and those with a log.
func recordAttempts(ctx context.Context, t database.Tx, ends []*runEnd) error {
	var rows []attemptRow
	now := database.Micros(time.Now())
	for _, e := range ends {
		if e.Unclaim == 0 && (e.Attempt > 1 || e.State == Scheduled || e.outcome.Log != "") {
			rows = append(rows, attemptRow{e.key, e.Attempt, e.attempt, e.Node, now, e.Error, e.outcome.Log})
		}
	}
	return insertAttempts(ctx, t, rows)
}

func insertAttempts(ctx context.Context, t database.Tx, rows []attemptRow) error {
	if len(rows) == 0 {
		return nil
	}
	_, err := t.Exec(ctx, `INSERT INTO attempts (job, tick, attempt, state, node, started_at, finished_at, error, log)
		SELECT v.job, v.tick, v.attempt, v.state, v.node, r.started_at, v.finished, v.error, v.log
		FROM {list job text, tick bigint, attempt int, state text, node text, finished bigint, error text, log text}
		JOIN runs r ON r.job = v.job AND r.tick = v.tick WHERE true
		ON CONFLICT (job, tick, attempt) DO UPDATE SET state = excluded.state, node = excluded.node, started_at = excluded.started_at,
		  finished_at = excluded.finished_at, error = excluded.error, log = excluded.log`, database.List(rows))
	return err
}
