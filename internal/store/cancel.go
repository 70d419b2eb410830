package store

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"speckle-runner/internal/store/database"
)

// Cancel ends a run. One that waits ends at once; one that is running is stopped by its
// owner, on whatever node, within a beat, and one whose owner is dead by whoever finds
// that out. ErrEnded: it has ended already.
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
	if running > 0 {
		if err := s.buryOwner(ctx, k, running); err != nil {
			return fmt.Errorf("cancel %s: %w", run, err)
		}
	}
	return nil
}

// buryOwner waits until a claim whose node gives no sign of life has been put back, where nothing else may be up that
// would do so. A node that lives is left to end its run.
func (s *Store) buryOwner(ctx context.Context, k key, claim int64) error {
	if s.working() != nil { // it beats, and finds the dead by itself
		return nil
	}
	lost, err := database.Collect(ctx, s.db.Read(), database.String, `SELECT r.node FROM runs r WHERE r.job = $1 AND r.tick = $2 AND r.claim = $3
		AND r.state = 'running' AND NOT EXISTS (SELECT 1 FROM node_lease l WHERE l.node = r.node AND l.expires_at >= {now})`, k.Job, k.Tick, claim)
	if err != nil || len(lost) == 0 {
		return s.db.Explain(err)
	}
	if err := s.lease.start(ctx, s, false); err != nil { // only a node that beats can see others dead
		return err
	}
	_, err = s.alive(ctx, []nodeRow{{lost[0]}})
	return err
}

// cancelTx gives the number of the claim that has to stop; 0: none.
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
