package store

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"speckle-runner/internal/store/database"
	"speckle-runner/internal/store/history"
	"speckle-runner/internal/store/queue"
)

func (c *claiming) do(ctx context.Context) error {
	c.ids = make(map[key]int64, len(c.fetched))
	for _, row := range c.fetched {
		k := key{row.Job, row.Tick}
		if _, again := c.ids[k]; again {
			c.gone = append(c.gone, row.ID)
			continue
		}
		c.ids[k] = row.ID
	}
	if err := c.judge(ctx); err != nil {
		return err
	}
	return c.write(ctx)
}

var selectDue = `
SELECT r.job, r.tick, r.state, r.via, r.attempt, r.claim, r.waiting, r.failures, r.failing_since, r.error, r.cause, r.due_at, ` +
	history.VersionOf("r") + `
FROM {list job text, tick bigint} JOIN runs r ON r.job = v.job AND r.tick = v.tick
ORDER BY r.job, r.tick`

func scanDue(r database.Rows) (dueRow, error) {
	var d dueRow
	err := r.Scan(&d.Job, &d.Tick, &d.state, &d.via, &d.attempt, &d.claim, &d.waiting, &d.failures, &d.since, &d.error, &d.cause, &d.due,
		&d.version)
	return d, err
}

// judge decides about each fetched tick, the oldest of a job first.
func (c *claiming) judge(ctx context.Context) error {
	keys := slices.SortedFunc(maps.Keys(c.ids), compareKeys)
	if err := lockJobs(ctx, c.t, keys); err != nil {
		return err
	}
	due, err := database.Collect(ctx, c.t, scanDue, selectDue, database.List(keys))
	if err != nil {
		return err
	}
	active, err := activeOf(ctx, c.t, keys)
	if err == nil && slices.ContainsFunc(due, c.leftForLong) {
		c.among, err = c.s.amongOtherFiles(ctx, c.t)
	}
	if err != nil {
		return err
	}
	judged := map[key]bool{}
	for _, d := range due {
		if d.state == Scheduled {
			active[d.Job] = c.decideTick(d, active[d.Job])
			delete(c.ids, d.key)
			judged[d.key] = true
		}
	}
	for _, id := range c.ids { // the run has ended, runs on another node, or doesn't exist
		c.gone = append(c.gone, id)
	}
	return c.passOver(ctx, judged, active)
}

// decideTick decides about one tick, and gives the job's active runs after that.
func (c *claiming) decideTick(d dueRow, others []activeRow) []activeRow {
	d.queueID = c.ids[d.key]
	policy := c.a.policy(d.Job)
	if !policy.known {
		return c.unknown(d, others)
	}
	if c.overdue(d.activeRow) {
		c.endOverdue(d.activeRow)
		return slices.DeleteFunc(others, func(o activeRow) bool { return o.key == d.key })
	}
	others = slices.DeleteFunc(others, func(o activeRow) bool {
		overdue := o.key != d.key && c.overdue(o)
		if overdue {
			c.endOverdue(o)
		}
		return overdue
	})
	v := decide(policy.overlap, d.activeRow, others)
	c.stopping = append(c.stopping, v.stop...)
	for _, dropped := range v.drop {
		reason := fmt.Sprintf("replaced by run %s before it could run", d.id())
		c.ended = append(c.ended, dropped.ending(Canceled, reason))
		others = slices.DeleteFunc(others, func(o activeRow) bool { return o.key == dropped.key })
	}
	others = slices.DeleteFunc(others, func(o activeRow) bool { return o.key == d.key })
	switch v.decision {
	case skip:
		c.ended = append(c.ended, d.ending(Skipped, v.reason))
		return others
	case wait:
		if d.waitsInLine(policy.overlap) {
			c.inLine, c.gone = append(c.inLine, d.named()), append(c.gone, d.queueID)
		} else {
			c.held = append(c.held, d.named())
		}
		d.waiting = waitingForTurn
	case start:
		c.started = append(c.started, Claim{
			Run: d.id(), Version: d.version, Job: d.Job, Tick: database.FromMicros(d.Tick), Attempt: d.attempt + 1, Trigger: d.via,
			Failures: d.failures, Since: database.FromMicros(d.since), Began: c.now, Due: database.FromMicros(d.due), node: c.node,
			number: d.claim + 1, queueID: d.queueID, queue: c.queue, error: d.error, cause: d.cause,
			inTurn: inTurn(d.via, policy.overlap),
		})
		d.state, d.waiting = Running, waitingNot
	}
	return append(others, d.activeRow)
}

const (
	// unknownFor is how long a run waits for a node that knows its job: not all nodes get
	// a new job file in the same moment. unknownAmong is that while a living node has another
	// job file than this one: it may know the job, and be busy.
	unknownFor, unknownAmong = time.Minute, 15 * time.Minute
	// unknownPause is the pause before this node looks at such a run again.
	unknownPause = 2 * time.Second
)

// unknown leaves a run to nodes that know its job, or ends it.
func (c *claiming) unknown(d dueRow, others []activeRow) []activeRow {
	if c.leftForLong(d) && (!c.among || c.age(d) > unknownAmong) {
		c.ended = append(c.ended, d.ending(Canceled, "the job is in no node's job file any more"))
		c.over = append(c.over, d.key)
		return slices.DeleteFunc(others, func(o activeRow) bool { return o.key == d.key })
	}
	c.unknownJobs = append(c.unknownJobs, requeueRow{key: d.key,
		Return: queue.Return{ID: d.queueID, DueAt: database.Micros(c.now.Add(unknownPause))}, queue: c.queue, priority: 1})
	return others
}

// leftForLong reports whether a run of a job that this node doesn't know was left to others for long.
func (c *claiming) leftForLong(d dueRow) bool {
	return d.state == Scheduled && c.age(d) > unknownFor && !c.a.policy(d.Job).known
}

func (c *claiming) age(d dueRow) time.Duration { return c.now.Sub(database.FromMicros(d.due)) }

const startRuns = `
UPDATE runs SET state = 'running', active = 1, waiting = 0, direct = 0, attempt = attempt + 1, claim = runs.claim + 1, node = $2,
  started_at = $3,
  finished_at = 0, river_id = v.queue_id, cancel = '', error = ''
FROM {list job text, tick bigint, claim bigint, queue_id bigint}
WHERE runs.job = v.job AND runs.tick = v.tick AND runs.claim = v.claim AND runs.state = 'scheduled'
  AND EXISTS (SELECT 1 FROM node_lease WHERE node = $2)`

const holdRuns = `
UPDATE runs SET active = 1, waiting = 1, river_id = v.queue_id
FROM {list job text, tick bigint, claim bigint, queue_id bigint}
WHERE runs.job = v.job AND runs.tick = v.tick AND runs.claim = v.claim AND runs.state = 'scheduled'`

func (c *claiming) write(ctx context.Context) error {
	if len(c.started) > 0 {
		claimed := make([]claimRow, len(c.started))
		for i, claim := range c.started {
			claimed[i] = claimRow{claim.key(), claim.number - 1, claim.queueID}
		}
		n, err := c.t.Exec(ctx, startRuns, database.List(claimed), c.node, database.Micros(c.now))
		if err != nil {
			return err
		}
		if int(n) != len(claimed) {
			return fmt.Errorf("claim %d runs: node %s has no lease", len(claimed), c.node)
		}
	}
	if len(c.held) > 0 {
		if _, err := c.t.Exec(ctx, holdRuns, database.List(c.held)); err != nil {
			return err
		}
		ids := make([]int64, len(c.held))
		for i, held := range c.held {
			ids[i] = held.QueueID
		}
		if err := c.s.queue.Hold(ctx, c.t, ids); err != nil {
			return err
		}
	}
	if len(c.inLine) > 0 {
		if _, err := c.t.Exec(ctx, holdInLine, database.List(c.inLine)); err != nil {
			return err
		}
	}
	return c.writeOthers(ctx)
}

func (c *claiming) writeOthers(ctx context.Context) error {
	if len(c.stopping) > 0 {
		if _, err := c.t.Exec(ctx, `UPDATE runs SET cancel = 'replaced' FROM {list job text, tick bigint, claim bigint}
			WHERE runs.job = v.job AND runs.tick = v.tick AND runs.claim = v.claim AND runs.state = 'running' AND runs.cancel = ''`,
			database.List(named(c.stopping))); err != nil {
			return err
		}
	}
	if err := c.s.endRows(ctx, c.t, c.a, c.ended, c.now); err != nil {
		return err
	}
	if err := c.s.requeue(ctx, c.t, c.unknownJobs); err != nil {
		return err
	}
	if err := c.s.queue.Drop(ctx, c.t, c.gone); err != nil {
		return err
	}
	released, err := c.s.releaseWaiters(ctx, c.t, c.over)
	c.after = append(c.after, released...)
	return err
}

// committed does what has to follow the commit, and gives the queue's ids of the runs
// that run here now.
func (c *claiming) committed() []int64 {
	ids := make([]int64, len(c.started))
	for i, claim := range c.started {
		c.s.running.add(claim)
		ids[i] = claim.queueID
	}
	for _, a := range c.stopping {
		c.s.running.cancel(a.key, a.claim, ErrReplaced)
	}
	for _, do := range c.after {
		do()
	}
	for _, e := range c.ended {
		c.s.observe(Event{Run: e.id(), Job: e.Job, Tick: database.FromMicros(e.Tick), State: e.State, Attempt: e.attempt, Trigger: e.via,
			Final: true, Error: e.Error})
	}
	return ids
}
