package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"speckle-runner/internal/said"
	"speckle-runner/internal/store/database"
	"speckle-runner/internal/store/history"
	"speckle-runner/internal/store/queue"
)

// orphan is a running run whose node has no lease.
type orphan struct {
	activeRow
	crashes  int
	queue    string
	priority int
	cancel   string
}

type sweptRow struct {
	key
	Claim    int64  `json:"claim"`
	Attempt  int    `json:"attempt"`
	Node     string `json:"node"`
	State    State  `json:"state"`
	Active   int    `json:"active"`
	Finished int64  `json:"finished"`
	Error    string `json:"error"`
	Crashed  int    `json:"crashed"`
}

// orphanColumns are what scanOrphan takes of r, a row of runs.
var orphanColumns = `r.job, r.tick, r.state, r.via, r.attempt, r.claim, r.waiting, r.river_id, r.node, r.direct, r.crashes, r.queue,
  r.priority, r.cancel, ` + history.VersionOf("r")

// The inner SELECT reads only running runs. With ORDER BY and without it, SQLite would read
// the whole ledger.
var selectOrphans = `
SELECT ` + orphanColumns + ` FROM runs r
WHERE r.state = 'running' AND (r.job, r.tick) IN (SELECT o.job, o.tick FROM runs o
  WHERE o.state = 'running' AND NOT EXISTS (SELECT 1 FROM node_lease WHERE node_lease.node = o.node))
ORDER BY r.job, r.tick`

func scanOrphan(r database.Rows) (orphan, error) {
	var o orphan
	var direct int
	err := r.Scan(&o.Job, &o.Tick, &o.state, &o.via, &o.attempt, &o.claim, &o.waiting, &o.queueID, &o.node, &direct, &o.crashes, &o.queue,
		&o.priority, &o.cancel, &o.version)
	o.direct = direct != 0
	return o, err
}

// sweep puts back what nodes without a lease were doing, and lets runs take their turn whose
// predecessor is gone. It gives what has to be called after the commit.
func (s *Store) sweep(ctx context.Context, t database.Tx, a *answers) ([]func(), error) {
	orphans, err := database.Collect(ctx, t, scanOrphan, selectOrphans)
	if err != nil {
		return nil, err
	}
	after, err := s.sweepRuns(ctx, t, a, orphans, true)
	if err != nil {
		return nil, err
	}
	more, err := s.sweepDeliveries(ctx, t)
	if err != nil {
		return nil, err
	}
	stuck, err := database.Collect(ctx, t, scanKey,
		`SELECT job, 0 FROM runs WHERE active = 1 AND waiting = 1 UNION SELECT job, 0 FROM runs WHERE active = 2 AND waiting = 1 ORDER BY job`)
	if err != nil {
		return nil, err
	}
	released, err := s.releaseWaiters(ctx, t, stuck)
	return slices.Concat(after, more, released), err
}

// strayBeats is for how many beats a claim must be a stray before it is put back: a claim is
// in the ledger a little before this process works on it.
const strayBeats = 3

// putBack puts back claims of this node that nothing here works on: the answer to a commit
// was lost, and the work with it.
func (s *Store) putBack(ctx context.Context, strays map[any]int) error {
	var runs []claimRow
	var deliveries []triedRow
	for stray, beats := range strays {
		switch stray := stray.(type) {
		case claimed:
			if beats >= strayBeats {
				runs = append(runs, claimRow{key: stray.key, Claim: stray.claim})
			}
		case triedRow:
			if beats >= strayBeats {
				deliveries = append(deliveries, stray)
			}
		}
	}
	if len(runs)+len(deliveries) == 0 {
		return nil
	}
	var after []func()
	a := s.newAnswers(s.working())
	err := a.write(ctx, func(ctx context.Context, t database.Tx) error {
		found, err := database.Collect(ctx, t, scanOrphan, `SELECT `+orphanColumns+`
			FROM {list job text, tick bigint, claim bigint} JOIN runs r ON r.job = v.job AND r.tick = v.tick AND r.claim = v.claim WHERE r.state = 'running' AND r.node = $2 ORDER BY r.job, r.tick`, database.List(runs), s.node)
		if err != nil {
			return err
		}
		if after, err = s.sweepRuns(ctx, t, a, found, false); err != nil {
			return err
		}
		more, err := s.requeueDeliveries(ctx,
			t, `SELECT d.id, d.river_id, d.attempts, d.claim, d.tried_at FROM {list id text, claim bigint} JOIN deliveries d ON d.id = v.id AND d.claim = v.claim
			WHERE d.state = 'sending' AND d.node = $2`, database.List(deliveries), s.node)
		after = append(after, more...)
		return err
	})
	if err != nil {
		return err
	}
	for _, do := range after {
		do()
	}
	return nil
}

func (s *Store) sweepRuns(ctx context.Context, t database.Tx, a *answers, orphans []orphan, crashed bool) ([]func(), error) {
	if len(orphans) == 0 {
		return nil, nil
	}
	keys := make([]key, len(orphans))
	swept := make([]sweptRow, len(orphans))
	now := time.Now()
	for i, o := range orphans {
		keys[i], swept[i] = o.key, s.afterLoss(o, crashed, now)
	}
	if err := lockJobs(ctx, t, keys); err != nil {
		return nil, err
	}
	// Two nodes may have found the same ones: only one of them changes a row.
	changed, err := database.Collect(ctx, t, scanKey, `UPDATE runs SET state = v.state, active = v.active, waiting = 0, cancel = '',
			crashes = crashes + v.crashed, due_at = $2, finished_at = v.finished, error = v.error
		FROM {list job text, tick bigint, claim bigint, attempt int, node text, state text, active int, finished bigint, error text, crashed int}
		WHERE runs.job = v.job AND runs.tick = v.tick AND runs.claim = v.claim AND runs.attempt = v.attempt AND runs.node = v.node
		  AND runs.state = 'running'
		RETURNING runs.job, runs.tick`, database.List(swept), database.Micros(now))
	if err != nil {
		return nil, err
	}
	return s.afterSweep(ctx, t, a, orphans, swept, changed)
}

// afterLoss is what becomes of an orphan.
func (s *Store) afterLoss(o orphan, crashed bool, now time.Time) sweptRow {
	row := sweptRow{key: o.key, Claim: o.claim, Attempt: o.attempt, Node: o.node, State: Scheduled, Active: activeBlocks}
	if crashed {
		row.Crashed = 1
	}
	switch {
	case o.cancel != "":
		row.State, row.Error = Canceled, o.cancel
	case o.direct:
		row.State, row.Error = Interrupted, fmt.Sprintf("process %s ended while it ran", o.node)
	case o.crashes+row.Crashed >= s.o.MaxCrashes:
		row.State, row.Error = Failed, fmt.Sprintf("its process was lost %s while it ran, the last time %s",
			said.Count(o.crashes+row.Crashed, "time"), o.node)
	}
	if row.State != Scheduled {
		row.Active, row.Finished = activeNot, database.Micros(now)
	}
	return row
}

func (s *Store) afterSweep(ctx context.Context, t database.Tx, a *answers, orphans []orphan, swept []sweptRow, changed []key) ([]func(),
	error) {
	var after []func()
	var back []requeueRow
	var ended []endedRow
	var over []key
	var attempts []attemptRow
	now := time.Now()
	for i, o := range orphans {
		if !slices.Contains(changed, o.key) {
			continue
		}
		row, message := swept[i], fmt.Sprintf("node %s was lost", o.node)
		attempts = append(attempts, attemptRow{o.key, o.attempt, Interrupted, o.node, database.Micros(now), message, ""})
		if row.State == Scheduled {
			back = append(back, requeueRow{key: o.key, Return: queue.Return{ID: o.queueID, DueAt: database.Micros(now),
				Failure: queue.Failure(now, o.attempt, message)}, queue: o.queue, priority: o.priority})
		} else {
			over = append(over, o.key)
			ended = append(ended, o.ending(row.State, row.Error))
		}
		after = append(after, func() {
			s.log.Warn().Str("run", o.id()).Int("attempt", o.attempt).Str("node", o.node).Str("state",
				string(row.State)).Msg("a run was lost with its node")
			s.observe(Event{Run: o.id(), Job: o.Job, Tick: database.FromMicros(o.Tick), State: Interrupted, Attempt: o.attempt, Trigger: o.via,
				Final: row.State != Scheduled, Next: now, Error: message})
			s.queue.Wake(o.queue)
		})
	}
	if err := insertAttempts(ctx, t, attempts); err != nil {
		return nil, err
	}
	if err := s.requeue(ctx, t, back); err != nil {
		return nil, err
	}
	if err := s.endRows(ctx, t, a, ended, now); err != nil {
		return nil, err
	}
	released, err := s.releaseWaiters(ctx, t, over)
	return append(after, released...), err
}

// sweepDeliveries queues again what dead nodes were sending.
func (s *Store) sweepDeliveries(ctx context.Context, t database.Tx) ([]func(), error) {
	return s.requeueDeliveries(ctx, t, selectUnsent)
}

const selectUnsent = `
SELECT id, river_id, attempts, claim, tried_at FROM deliveries
WHERE state = 'sending' AND id IN (SELECT d.id FROM deliveries d
  WHERE d.state = 'sending' AND NOT EXISTS (SELECT 1 FROM node_lease WHERE node_lease.node = d.node))
ORDER BY id {for update}`

// requeueDeliveries queues again what a statement finds.
func (s *Store) requeueDeliveries(ctx context.Context, t database.Tx, statement string, args ...any) ([]func(), error) {
	now := time.Now()
	var tried []tryRow
	found, err := database.Collect(ctx, t, func(r database.Rows) (requeueRow, error) {
		row := requeueRow{Return: queue.Return{DueAt: database.Micros(now)}, queue: queue.Deliveries, priority: 1}
		var attempts int
		var started int64
		err := r.Scan(&row.delivery, &row.ID, &attempts, &row.claim, &started)
		row.Failure = queue.Failure(now, attempts, senderLost)
		tried = append(tried, tryLost(row.delivery, attempts, started, now))
		return row, err
	}, statement, args...)
	if err != nil {
		return nil, err
	}
	var back []requeueRow
	var lost []tryRow
	for i, row := range found {
		n, err := t.Exec(ctx, `UPDATE deliveries SET state = 'queued', node = '', next_at = $2 WHERE id = $1 AND claim = $3 AND state = 'sending'`,
			row.delivery, database.Micros(now), row.claim)
		if err != nil {
			return nil, err
		}
		if n > 0 {
			back, lost = append(back, row), append(lost, tried[i])
		}
	}
	if len(back) == 0 {
		return nil, nil
	}
	if err := keepTries(ctx, t, lost); err != nil {
		return nil, err
	}
	return []func(){func() { s.queue.Wake(queue.Deliveries) }}, s.requeue(ctx, t, back)
}
