package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"speckle-runner/internal/store/database"
)

// start registers the node, puts back the runs of dead ones, and keeps beating.
func (l *lease) start(ctx context.Context, s *Store, serve bool) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if serve && !l.serve {
		if err := s.endServes(ctx); err != nil {
			return err
		}
		l.serve, l.beats = true, 0
	}
	if err := l.beat(ctx, s); err != nil || l.cancel != nil {
		return err
	}
	beating, cancel := context.WithCancel(context.WithoutCancel(ctx))
	l.cancel, l.done = cancel, make(chan struct{})
	go l.loop(beating, s)
	return nil
}

// endServes ends the leases of earlier serves on a SQLite file. This one holds the file's
// lock, so they are dead, and their leases needn't expire first. PostgreSQL has no such
// lock: there the others may live.
func (s *Store) endServes(ctx context.Context) error {
	if !s.db.File() || !s.o.Lock {
		return nil
	}
	return s.db.Write(ctx, func(ctx context.Context, t database.Tx) error {
		_, err := t.Exec(ctx, `DELETE FROM node_lease WHERE serve = 1 AND node <> $1`, s.node)
		return err
	})
}

func (l *lease) loop(ctx context.Context, s *Store) {
	defer close(l.done)
	ticker := time.NewTicker(s.o.times.beat)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		rested, err := l.beatOrRest(ctx, s)
		if rested {
			continue
		}
		if errors.Is(err, ErrDisplaced) {
			s.displaced(err)
			return
		}
		if err != nil && ctx.Err() == nil {
			s.health.failed(err)
		} else if err == nil {
			s.health.worked()
		}
	}
}

// beatOrRest beats, or leaves every other beat out, which saves a write and a flush of the disk: with a SQLite
// file, whose nodes are all on this machine, while this process works on nothing.
func (l *lease) beatOrRest(ctx context.Context, s *Store) (rested bool, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.rested && s.db.File() && s.running.none() && s.sending.none() {
		l.rested = true
		return true, nil
	}
	return false, l.beat(ctx, s)
}

// displaced ends the work on a database whose file was taken away. Runs under way can't
// publish any more: their ends couldn't be written.
func (s *Store) displaced(err error) {
	s.health.failed(err)
	for _, run := range s.running.all() {
		run.cancel(err)
	}
	if w := s.working(); w != nil {
		w.lose(err)
	}
}

// stop ends the beat and the lease. Runs that still belong to this node are put back by
// another, or at the next start.
func (l *lease) stop(s *Store) {
	l.mu.Lock()
	cancel, done := l.cancel, l.done
	l.mu.Unlock()
	if cancel == nil {
		return
	}
	cancel()
	<-done
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	_ = s.db.Write(ctx, func(ctx context.Context, t database.Tx) error { // after an error it expires by itself
		_, err := t.Exec(ctx, "DELETE FROM node_lease WHERE node = $1", s.node)
		return err
	})
}

// ownWork is what this node is doing, by the ledger.
type ownWork struct {
	runs       []ownRow
	deliveries []triedRow
}

type ownRow struct {
	claimed
	cancel string
}

func scanOwn(r database.Rows) (ownRow, error) {
	var o ownRow
	return o, r.Scan(&o.Job, &o.Tick, &o.claim, &o.cancel)
}

// beat renews the lease, puts back what dead nodes were doing, and reads what other
// processes have decided about this node's runs.
func (l *lease) beat(ctx context.Context, s *Store) error {
	began := time.Now()
	var mine ownWork
	var after []func()
	var clock int64
	var afterSilence bool
	a, file := s.newAnswers(s.working()), s.jobFile()
	err := a.write(ctx, func(ctx context.Context, t database.Tx) (err error) {
		clock, err = l.renew(ctx, s, t, file)
		if err != nil {
			return err
		}
		afterSilence = l.afterSilence(s, time.Now(), clock)
		after, err = l.endExpired(ctx, s, t, a, afterSilence)
		if err != nil {
			return fmt.Errorf("sweep: %w", err)
		}
		mine, err = s.ownRows(ctx, t)
		return err
	})
	if err != nil {
		return err
	}
	for _, do := range after {
		do()
	}
	l.beats++
	l.last, l.clock, l.rested = time.Now(), clock, false
	if afterSilence {
		l.trustUntil = l.last.Add(s.o.times.expiry)
	}
	if s.working() != nil && l.beats%10 == 0 {
		s.discover(ctx)
	}
	return l.reconcile(ctx, s, mine, began)
}

// renew extends the lease, and gives the database's clock. A node without a lease was taken
// for dead, and its runs may belong to others now: reconcile finds that out.
func (l *lease) renew(ctx context.Context, s *Store, t database.Tx, file string) (clock int64, err error) {
	serve := 0
	if l.serve {
		serve = 1
	}
	expiry := s.o.times.expiry.Microseconds()
	until, err := database.Collect(ctx, t, database.Int, `INSERT INTO node_lease (node, serve, expires_at, job_file, job_file_at)
		VALUES ($1, $2, {now} + $3, $4, {now})
		ON CONFLICT (node) DO UPDATE SET serve = excluded.serve, expires_at = excluded.expires_at, job_file = excluded.job_file,
		  job_file_at = CASE WHEN node_lease.job_file = excluded.job_file THEN node_lease.job_file_at ELSE excluded.job_file_at END
		RETURNING expires_at`, s.node, serve, expiry, file)
	if err != nil {
		return 0, err
	}
	return until[0] - expiry, nil
}

// afterSilence reports whether this beat follows a time in which perhaps no node could
// beat: this process just started, the database was away or locked by another, its clock
// was set, or its machine slept. An expired lease doesn't prove then that its node is dead:
// the others get time to beat first.
func (l *lease) afterSilence(s *Store, now time.Time, clock int64) bool {
	if l.last.IsZero() {
		return true
	}
	silence := max(now.Sub(l.last), time.Duration(clock-l.clock)*time.Microsecond)
	if l.rested {
		silence -= s.o.times.beat
	}
	return silence > s.o.times.expiry/2
}

// endExpired ends expired leases, where that proves that their nodes are dead, and puts back
// what nodes without a lease were doing: after a lease was ended, and at every tenth beat.
func (l *lease) endExpired(ctx context.Context, s *Store, t database.Tx, a *answers, afterSilence bool) ([]func(), error) {
	var dead []string
	if !afterSilence && !time.Now().Before(l.trustUntil) {
		var err error
		if dead, err = database.Collect(ctx, t, database.String, "DELETE FROM node_lease WHERE expires_at < {now} RETURNING node"); err != nil {
			return nil, err
		}
	}
	if len(dead) == 0 && l.beats%10 != 0 {
		return nil, nil
	}
	return s.sweep(ctx, t, a)
}

// ownRows reads what this node is doing, by the ledger.
func (s *Store) ownRows(ctx context.Context, t database.Tx) (mine ownWork, err error) {
	if mine.runs, err = database.Collect(ctx, t, scanOwn, "SELECT job, tick, claim, cancel FROM runs WHERE node = $1 AND state = 'running'",
		s.node); err != nil {
		return ownWork{}, err
	}
	mine.deliveries, err = database.Collect(ctx, t, func(r database.Rows) (one triedRow, err error) {
		err = r.Scan(&one.ID, &one.Claim)
		return one, err
	}, "SELECT id, claim FROM deliveries WHERE node = $1 AND state = 'sending'", s.node)
	return mine, err
}

// discover finds queues that other nodes filled and whose notification was lost.
func (s *Store) discover(ctx context.Context) {
	if names, err := s.queue.Filled(ctx); err == nil { // after an error a later beat looks again
		s.queue.FetchFrom(names...)
	}
}

// reconcile compares what this node does by the ledger with what it really does. It stops
// runs that the ledger has stopped or given away, and puts back strays.
func (l *lease) reconcile(ctx context.Context, s *Store, mine ownWork, began time.Time) error {
	listed := make(map[key]ownRow, len(mine.runs))
	strays := map[any]int{}
	for _, o := range mine.runs {
		listed[o.key] = o
		if run := s.running.get(o.key); run == nil || run.claim.number != o.claim {
			strays[o.claimed] = l.strays[o.claimed] + 1
		}
	}
	for _, one := range mine.deliveries {
		if !s.sending.has(one.ID, one.Claim) {
			strays[one] = l.strays[one] + 1
		}
	}
	l.strays = strays
	for _, run := range s.running.all() {
		o, ours := listed[run.claim.key()]
		switch {
		case ours && o.claim == run.claim.number:
			stopFor(run, o.cancel)
		case run.since.Before(began):
			run.cancel(ErrFenced)
		}
	}
	return s.putBack(ctx, strays)
}

func stopFor(run *activeRun, flag string) {
	switch flag {
	case stopCanceled:
		run.cancel(ErrCanceled)
	case stopReplaced:
		run.cancel(ErrReplaced)
	}
}
