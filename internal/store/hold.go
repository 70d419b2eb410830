package store

import (
	"context"
	"fmt"
	"time"

	"speckle-runner/internal/store/database"
)

// clockStep is how much later it may be than a database's clock says: SQLite cuts the time
// to milliseconds.
const clockStep = time.Millisecond

// Hold renews the node's lease and says until when, by this machine's clock, the run
// certainly belongs to this attempt: no other node takes it before. A run asks while it
// publishes, and after any error it may not. ErrFenced, ErrCanceled and ErrReplaced say
// why. Hold waits for a database server that is away until ctx ends: the run has read
// everything by then, and isn't to fail for that.
func (s *Store) Hold(ctx context.Context, c Claim) (until time.Time, err error) {
	var found []string
	err = s.Patiently(ctx, func() error {
		asked := time.Now() // before the question, since the answer may take long
		cancel, left, err := s.hold(ctx, c)
		found, until = cancel, asked.Add(left-clockStep)
		return err
	})
	switch {
	case err != nil:
		err = fmt.Errorf("hold run %s: %w", c.Run, err)
	case len(found) == 0:
		err = fmt.Errorf("run %s attempt %d: %w", c.Run, c.Attempt, ErrFenced)
	case found[0] == stopCanceled:
		err = fmt.Errorf("run %s: %w", c.Run, ErrCanceled)
	case found[0] == stopReplaced:
		err = fmt.Errorf("run %s: %w", c.Run, ErrReplaced)
	}
	return until, err
}

// hold gives the cancel flag of a run that still belongs to this claim (none: it doesn't),
// and how long the node's lease lasts from the question on.
func (s *Store) hold(ctx context.Context, c Claim) (found []string, left time.Duration, err error) {
	if found, left, err := s.held(ctx, c); err != nil || left > 0 {
		return found, left, err
	}
	err = s.db.Write(ctx, func(ctx context.Context, t database.Tx) error {
		n, err := t.Exec(ctx, "UPDATE node_lease SET expires_at = {now} + $2 WHERE node = $1", c.node, s.o.times.expiry.Microseconds())
		if err != nil || n == 0 {
			return err // without a lease, another node is about to take the run
		}
		found, err = database.Collect(ctx, t, database.String,
			`SELECT cancel FROM runs WHERE job = $1 AND tick = $2 AND attempt = $3 AND node = $4 AND claim = $5 AND state = 'running'`,
			c.Job, database.Micros(c.Tick), c.Attempt, c.node, c.number)
		return err
	})
	return found, s.o.times.expiry, err
}

// held is hold for a lease that lasts long enough, as most do. Nothing is written then, so
// a thousand runs that end together don't wait for each other.
func (s *Store) held(ctx context.Context, c Claim) (found []string, left time.Duration, err error) {
	if ctx.Err() != nil { // else it would be chance whether the end or the answer is looked at
		return nil, 0, context.Cause(ctx)
	}
	h := &holding{claim: c, done: make(chan struct{})}
	s.holds.mu.Lock()
	s.holds.pending = append(s.holds.pending, h)
	first := !s.holds.busy
	s.holds.busy = true
	s.holds.more.came(len(s.holds.pending))
	s.holds.mu.Unlock()
	if first {
		go s.askHolds(context.WithoutCancel(ctx))
	}
	select {
	case <-h.done:
		return h.found, h.left, h.err
	case <-ctx.Done():
		return nil, 0, context.Cause(ctx)
	}
}

// askHolds asks the database until no question is pending.
func (s *Store) askHolds(ctx context.Context) {
	last := 0
	for {
		asking := s.holds.take(last)
		if len(asking) == 0 {
			return
		}
		last = len(asking)
		answers, err := s.askHeld(ctx, asking)
		for _, h := range asking {
			h.err = err
			if err == nil {
				h.take(answers[claimed{h.claim.key(), h.claim.number}], s.o.times.expiry)
			}
			close(h.done)
		}
	}
}

func (s *Store) askHeld(ctx context.Context, asking []*holding) (map[claimed]heldRow, error) {
	if err := s.Displaced(); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, questionTime)
	defer cancel()
	keys := make([]key, len(asking))
	for i, h := range asking {
		keys[i] = h.claim.key()
	}
	rows, err := database.Collect(ctx, s.db.Read(), func(r database.Rows) (one heldRow, err error) {
		err = r.Scan(&one.Job, &one.Tick, &one.claim, &one.node, &one.attempt, &one.cancel, &one.left)
		return one, err
	}, `SELECT runs.job, runs.tick, runs.claim, runs.node, runs.attempt, runs.cancel, node_lease.expires_at - {now}
		FROM {list job text, tick bigint} JOIN runs ON runs.job = v.job AND runs.tick = v.tick JOIN node_lease ON node_lease.node = runs.node
		WHERE runs.state = 'running'`, database.List(keys))
	answers := make(map[claimed]heldRow, len(rows))
	for _, row := range rows {
		answers[row.claimed] = row
	}
	return answers, err
}
