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
	// Tick is the run's due time; zero means now. A tick that the ledger has already gets
	// another attempt of the same run.
	Tick       time.Time
	Trigger    Trigger // empty means Manual; Backfill replaces the trigger that the ledger has
	Force      bool    // run beside, or instead of, what is running
	Server     string
	Generation string
	QueryHash  string
}

// Begin claims an attempt for this process, and gives a context that ends when the
// attempt has to. It refuses with ErrRunning while the job runs on a living node; for a
// dead node it waits until its run is put back. The caller must call Finish.
func (s *Store) Begin(ctx context.Context, b Begin) (Claim, context.Context, error) {
	if b.Trigger == "" {
		b.Trigger = Manual
	}
	if err := s.lease.start(ctx, s, false); err != nil {
		return Claim{}, nil, fmt.Errorf("begin %s: %w", b.Job, err)
	}
	if err := s.ensureJobs(ctx, []runRow{{key: key{Job: b.Job}}}); err != nil {
		return Claim{}, nil, err
	}
	isNow := b.Tick.IsZero()
	if isNow {
		now, err := s.Moment(ctx)
		if err != nil {
			return Claim{}, nil, fmt.Errorf("begin %s: %w", b.Job, err)
		}
		b.Tick = now
	}
	b.Tick = database.Canonical(b.Tick)
	for tries := 1; ; tries++ {
		c, nodes, err := s.beginOnce(ctx, b, isNow)
		if err == nil {
			run := s.running.add(c)
			return c, run.ctx, nil
		}
		if errors.Is(err, ErrRunning) && tries < 3 {
			alive, aliveErr := s.alive(ctx, nodes)
			if aliveErr == nil && !alive {
				continue // its node is dead, and the run was put back
			}
		}
		return Claim{}, nil, fmt.Errorf("begin %s: %w", b.Job, err)
	}
}

// beginOnce claims an attempt. Where ErrRunning refuses that, it gives the nodes that the
// job runs on.
func (s *Store) beginOnce(ctx context.Context, b Begin, isNow bool) (c Claim, nodes []nodeRow, err error) {
	err = s.db.Write(ctx, func(ctx context.Context, t database.Tx) (err error) {
		c, nodes, err = s.beginTx(ctx, t, b, isNow)
		return err
	})
	return c, nodes, err
}

func (s *Store) beginTx(ctx context.Context, t database.Tx, b Begin, isNow bool) (Claim, []nodeRow, error) {
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
	c, err := s.claimDirect(ctx, t, b, k, isNow, active[b.Job])
	return c, nil, err
}

func (s *Store) claimDirect(ctx context.Context, t database.Tx, b Begin, k key, isNow bool, active []activeRow) (Claim, error) {
	for isNow && slices.Contains(keysOf(active), k) {
		k.Tick++ // two runs that begin in the same microsecond get a tick each
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
