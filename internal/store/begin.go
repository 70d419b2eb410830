package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"speckle-runner/internal/store/database"
	"speckle-runner/internal/store/queue"
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
// attempt should. It refuses with ErrRunning while the job is running, on a node
// that lives: for a dead one it waits until the run is put back. The caller must
// call Finish.
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
	b.Tick = database.Canonical(b.Tick)
	for tries := 1; ; tries++ {
		c, nodes, err := s.beginOnce(ctx, b, moment)
		if err == nil {
			run := s.running.add(c)
			return c, run.ctx, nil
		}
		if errors.Is(err, ErrRunning) && tries < 3 {
			alive, lost := s.alive(ctx, nodes)
			if lost == nil && !alive {
				continue // its node had died
			}
		}
		return Claim{}, nil, fmt.Errorf("begin %s: %w", b.Job, err)
	}
}

// beginOnce gives the nodes that the job runs on where it is refused for them.
func (s *Store) beginOnce(ctx context.Context, b Begin, moment bool) (c Claim, nodes []nodeRow, err error) {
	err = s.db.Write(ctx, func(ctx context.Context, t database.Tx) (err error) {
		c, nodes, err = s.beginTx(ctx, t, b, moment)
		return err
	})
	return c, nodes, err
}

func (s *Store) beginTx(ctx context.Context, t database.Tx, b Begin, moment bool) (Claim, []nodeRow, error) {
	k := key{b.Job, database.Micros(b.Tick)}
	if err := lockJobs(ctx, t, []key{k}); err != nil {
		return Claim{}, nil, err
	}
	active, err := activeOf(ctx, t, []key{k})
	if err != nil {
		return Claim{}, nil, err
	}
	var nodes []nodeRow
	var refusal error
	for _, a := range active[b.Job] {
		if a.state == Running && !b.Force {
			nodes = append(nodes, nodeRow{a.node})
			refusal = cmp.Or(refusal, fmt.Errorf("%w: run %s on node %s", ErrRunning, a.id(), a.node))
		}
	}
	if refusal != nil {
		return Claim{}, nodes, refusal
	}
	c, err := s.claimDirect(ctx, t, b, k, moment, active[b.Job])
	return c, nil, err
}

func (s *Store) claimDirect(ctx context.Context, t database.Tx, b Begin, k key, moment bool, active []activeRow) (Claim, error) {
	for moment && slices.Contains(keysOf(active), k) {
		k.Tick++ // two begun in the same microsecond are two runs
	}
	now := time.Now()
	if _, err := t.Exec(ctx, `INSERT INTO runs (job, tick, state, via, queue, server, generation, query_hash, created_at, due_at)
		VALUES ($1, $2, 'scheduled', $3, $4, $5, $6, $7, $8, $8) ON CONFLICT (job, tick) DO NOTHING`,
		k.Job, k.Tick, string(b.Trigger), queue.Name(b.Server), b.Server, b.Generation, b.QueryHash, database.Micros(now)); err != nil {
		return Claim{}, err
	}
	type begun struct {
		attempt, failures int
		claim, queueID    int64
		via               string
	}
	rows, err := database.Collect(ctx, t, func(r database.Rows) (begun, error) {
		var row begun
		return row, r.Scan(&row.attempt, &row.claim, &row.failures, &row.queueID, &row.via)
	}, `UPDATE runs SET state = 'running', active = 1, waiting = 0, direct = 1, cancel = '', attempt = attempt + 1, claim = claim + 1, node = $3, started_at = $4,
		  finished_at = 0, error = '', via = CASE WHEN $5 = 'backfill' THEN $5 ELSE via END WHERE job = $1 AND tick = $2
		RETURNING attempt, claim, failures, river_id, via`, k.Job, k.Tick, s.node, database.Micros(now), string(b.Trigger))
	if err != nil {
		return Claim{}, err
	}
	row := rows[0]
	if row.queueID > 0 { // it waited in the queue: this attempt takes its place
		if err := s.queue.Drop(ctx, t, []int64{row.queueID}); err != nil {
			return Claim{}, err
		}
	}
	version, err := versionOf(ctx, t, k)
	if err != nil {
		return Claim{}, err
	}
	return Claim{
		Run: VersionRunID(k.Job, database.FromMicros(k.Tick), version), Version: version, Job: k.Job, Tick: database.FromMicros(k.Tick),
		Attempt: row.attempt, Trigger: Trigger(row.via), Failures: row.failures,
		Began: now, Due: now, node: s.node, number: row.claim, queue: queue.Name(b.Server), direct: true,
	}, nil
}

// Cancel ends a run: one that waits at once, one that is running by telling
// its owner, on whatever node, within a beat. ErrEnded if it has ended.
func (s *Store) Cancel(ctx context.Context, run string) error {
	k, err := s.keyOf(ctx, run)
	if err != nil {
		return err
	}
	var after []func()
	running := int64(0)
	a := s.newAnswers(s.working())
	err = a.write(ctx, func(ctx context.Context, t database.Tx) (err error) {
		running, after, err = s.cancelTx(ctx, t, a, k)
		return err
	})
	if err != nil {
		return fmt.Errorf("cancel %s: %w", run, err)
	}
	if running > 0 {
		s.running.cancel(k, running, ErrCanceled)
	}
	for _, do := range after {
		do()
	}
	return nil
}

// cancelTx gives the number of the claim that was told to stop, 0 for none.
func (s *Store) cancelTx(ctx context.Context, t database.Tx, a *answers, k key) (running int64, after []func(), err error) {
	if err := lockJobs(ctx, t, []key{k}); err != nil {
		return 0, nil, err
	}
	found, err := database.Collect(ctx, t, scanActive, `SELECT `+activeColumns+` FROM runs r WHERE r.job = $1 AND r.tick = $2`, k.Job, k.Tick)
	if err != nil {
		return 0, nil, err
	}
	if len(found) == 0 {
		return 0, nil, ErrNotFound
	}
	switch row := found[0]; row.state {
	case Running:
		_, err := t.Exec(ctx, `UPDATE runs SET cancel = 'canceled' WHERE job = $1 AND tick = $2 AND claim = $3 AND state = 'running'`, k.Job,
			k.Tick, row.claim)
		return row.claim, nil, err
	case Scheduled:
		why := "canceled before it ran"
		if row.attempt > 0 {
			why = fmt.Sprintf("canceled before attempt %d, after: %s", row.attempt+1, cmp.Or(row.error, "it was cut off"))
		}
		e := row.ending(Canceled, why)
		if err := s.endRows(ctx, t, a, []endedRow{e}, time.Now()); err != nil {
			return 0, nil, err
		}
		after, err := s.releaseWaiters(ctx, t, []key{k})
		return 0, append(after, func() {
			s.observe(Event{Run: row.id(), Job: k.Job, Tick: database.FromMicros(k.Tick), State: Canceled, Attempt: row.attempt, Trigger: row.via,
				Final: true, Error: e.Error})
		}), err
	}
	return 0, nil, ErrEnded
}
