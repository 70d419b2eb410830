package store

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// Begin is what `runner run` asks for: an attempt now, without the queue.
type Begin struct {
	Job string
	// Tick is the run's due time; zero means now. A tick that the ledger knows
	// gets another attempt of the same run.
	Tick       time.Time
	Trigger    Trigger // empty means Manual; Backfill is noted for a tick that the ledger knows, too
	Force      bool    // run beside, or instead of, what is running
	Server     string
	Generation string
	QueryHash  string
}

// Begin claims an attempt for this process, and a context that ends when the
// attempt should. It refuses with ErrRunning while the job is running. The
// caller must call Finish.
func (s *Store) Begin(ctx context.Context, b Begin) (Claim, context.Context, error) {
	if b.Trigger == "" {
		b.Trigger = Manual
	}
	if err := s.lease.start(ctx, s, false); err != nil {
		return Claim{}, nil, fmt.Errorf("begin %s: %w", b.Job, err)
	}
	if err := s.knowJobs(ctx, []runRow{{key: key{Job: b.Job}}}); err != nil {
		return Claim{}, nil, err
	}
	moment := b.Tick.IsZero()
	if moment {
		now, err := s.Moment(ctx)
		if err != nil {
			return Claim{}, nil, fmt.Errorf("begin %s: %w", b.Job, err)
		}
		b.Tick = now
	}
	b.Tick = canonical(b.Tick)
	var c Claim
	err := s.write(ctx, func(ctx context.Context, t tx) (err error) {
		c, err = s.beginTx(ctx, t, b, moment)
		return err
	})
	if err != nil {
		return Claim{}, nil, fmt.Errorf("begin %s: %w", b.Job, err)
	}
	run := s.running.add(c)
	return c, run.ctx, nil
}

func (s *Store) beginTx(ctx context.Context, t tx, b Begin, moment bool) (Claim, error) {
	k := key{b.Job, micros(b.Tick)}
	if err := lockJobs(ctx, t, []key{k}); err != nil {
		return Claim{}, err
	}
	active, err := activeOf(ctx, t, []key{k})
	if err != nil {
		return Claim{}, err
	}
	for _, a := range active[b.Job] {
		if a.state == Running && !b.Force {
			return Claim{}, fmt.Errorf("%w: run %s on node %s", ErrRunning, a.id(), a.node)
		}
	}
	for moment && slices.Contains(keysOf(active[b.Job]), k) {
		k.Tick++ // two begun in the same microsecond are two runs
	}
	now := time.Now()
	if _, err := t.exec(ctx, `INSERT INTO runs (job, tick, state, via, queue, server, generation, query_hash, created_at, due_at)
		VALUES ($1, $2, 'scheduled', $3, $4, $5, $6, $7, $8, $8) ON CONFLICT (job, tick) DO NOTHING`,
		k.Job, k.Tick, string(b.Trigger), queueName(b.Server), b.Server, b.Generation, b.QueryHash, micros(now)); err != nil {
		return Claim{}, err
	}
	type begun struct {
		attempt, failures int
		riverID           int64
		via               string
	}
	rows, err := collect(ctx, t, func(r rows) (begun, error) {
		var row begun
		return row, r.Scan(&row.attempt, &row.failures, &row.riverID, &row.via)
	}, `UPDATE runs SET state = 'running', active = 1, waiting = 0, direct = 1, cancel = '', attempt = attempt + 1, node = $3, started_at = $4,
		  finished_at = 0, error = '', via = CASE WHEN $5 = 'backfill' THEN $5 ELSE via END WHERE job = $1 AND tick = $2
		RETURNING attempt, failures, river_id, via`, k.Job, k.Tick, s.node, micros(now), string(b.Trigger))
	if err != nil {
		return Claim{}, err
	}
	row := rows[0]
	if row.riverID > 0 { // it waited in the queue: this attempt takes its place
		if err := deleteRiver(ctx, t, []int64{row.riverID}); err != nil {
			return Claim{}, err
		}
	}
	return Claim{
		Run: k.id(), Job: k.Job, Tick: fromMicros(k.Tick), Attempt: row.attempt, Trigger: Trigger(row.via), Failures: row.failures,
		Due: now, node: s.node, queue: queueName(b.Server), direct: true,
	}, nil
}

// Hold is asked right before publishing: it renews the lease and says whether
// the run is still this attempt's. ErrFenced, ErrCanceled and ErrReplaced
// forbid to publish; any other error leaves it open, and forbids it too. It
// waits for a database server that is away until ctx ends: all has been read by
// then, and the outage is not the run's failure.
func (s *Store) Hold(ctx context.Context, c Claim) error {
	var found []string
	err := s.Patiently(ctx, func() (err error) {
		found, err = s.hold(ctx, c)
		return err
	})
	switch {
	case err != nil:
		return fmt.Errorf("hold run %s: %w", c.Run, err)
	case len(found) == 0:
		return fmt.Errorf("run %s attempt %d: %w", c.Run, c.Attempt, ErrFenced)
	case found[0] == "canceled":
		return fmt.Errorf("run %s: %w", c.Run, ErrCanceled)
	case found[0] == "replaced":
		return fmt.Errorf("run %s: %w", c.Run, ErrReplaced)
	}
	return nil
}

// held is hold for a lease that has long to go, as it mostly has: nothing is
// written, and a thousand runs that end together don't wait for each other.
func (s *Store) held(ctx context.Context, c Claim) (found []string, fresh bool, err error) {
	type row struct {
		cancel string
		left   int64
	}
	rows, err := collect(ctx, s.read(), func(r rows) (row, error) {
		var one row
		return one, r.Scan(&one.cancel, &one.left)
	}, `SELECT runs.cancel, node_lease.expires_at - {now} FROM runs JOIN node_lease ON node_lease.node = runs.node
		WHERE runs.job = $1 AND runs.tick = $2 AND runs.attempt = $3 AND runs.node = $4 AND runs.state = 'running'`,
		c.Job, micros(c.Tick), c.Attempt, c.node)
	if err != nil || len(rows) == 0 || rows[0].left < s.o.times.expiry.Microseconds()/2 {
		return nil, false, err
	}
	return []string{rows[0].cancel}, true, nil
}

// hold gives the cancel flag of an attempt that is still its node's.
func (s *Store) hold(ctx context.Context, c Claim) (found []string, err error) {
	if err := s.Displaced(); err != nil {
		return nil, err
	}
	if found, fresh, err := s.held(ctx, c); err != nil || fresh {
		return found, err
	}
	err = s.write(ctx, func(ctx context.Context, t tx) error {
		n, err := t.exec(ctx, "UPDATE node_lease SET expires_at = {now} + $2 WHERE node = $1", c.node, s.o.times.expiry.Microseconds())
		if err != nil || n == 0 {
			return err // without a lease the run is about to be taken away
		}
		found, err = collect(ctx, t, scanString, `SELECT cancel FROM runs WHERE job = $1 AND tick = $2 AND attempt = $3 AND node = $4 AND state = 'running'`,
			c.Job, micros(c.Tick), c.Attempt, c.node)
		return err
	})
	return found, err
}

// Cancel ends a run: one that waits at once, one that is running by telling
// its owner, on whatever node, within a beat. ErrEnded if it has ended.
func (s *Store) Cancel(ctx context.Context, run string) error {
	job, tick, err := ParseRunID(run)
	if err != nil {
		return err
	}
	k := key{job, micros(tick)}
	var after []func()
	running := false
	err = s.write(ctx, func(ctx context.Context, t tx) (err error) {
		running, after, err = s.cancelTx(ctx, t, k)
		return err
	})
	if err != nil {
		return fmt.Errorf("cancel %s: %w", run, err)
	}
	if running {
		s.running.cancel(k, ErrCanceled)
	}
	for _, do := range after {
		do()
	}
	return nil
}

func (s *Store) cancelTx(ctx context.Context, t tx, k key) (running bool, after []func(), err error) {
	if err := lockJobs(ctx, t, []key{k}); err != nil {
		return false, nil, err
	}
	found, err := collect(ctx, t, scanActive, `SELECT job, tick, state, via, attempt, waiting, river_id, node, direct FROM runs WHERE job = $1 AND tick = $2`, k.Job, k.Tick)
	if err != nil {
		return false, nil, err
	}
	if len(found) == 0 {
		return false, nil, ErrNotFound
	}
	switch row := found[0]; row.state {
	case Running:
		_, err := t.exec(ctx, `UPDATE runs SET cancel = 'canceled' WHERE job = $1 AND tick = $2`, k.Job, k.Tick)
		return true, nil, err
	case Scheduled:
		e := endedRow{k, Canceled, "canceled before it ran", row.riverID, row.via, row.attempt}
		if err := s.endRows(ctx, t, []endedRow{e}, time.Now()); err != nil {
			return false, nil, err
		}
		after, err := s.releaseWaiters(ctx, t, []key{k})
		return false, append(after, func() {
			s.observe(Event{Run: k.id(), Job: k.Job, Tick: fromMicros(k.Tick), State: Canceled, Attempt: row.attempt, Trigger: row.via, Final: true, Error: e.Error})
		}), err
	}
	return false, nil, ErrEnded
}
