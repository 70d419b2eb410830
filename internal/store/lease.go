package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"speckle-runner/internal/store/database"
)

// start registers the node, puts back what dead ones left, and keeps beating.
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

// endServes ends the leases of earlier serves. One that has the SQLite file
// for itself knows that they are dead, and need not wait for them to expire.
// PostgreSQL has no such lock: there the others may well live.
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
		rested, err := l.next(ctx, s)
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

// next beats, or leaves a beat out, which is a write and a flush of the disk: every other one, where nothing is
// under way and no other machine waits for a sign of life.
func (l *lease) next(ctx context.Context, s *Store) (rested bool, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.rested && s.db.File() && s.running.none() && s.sending.none() {
		l.rested = true
		return true, nil
	}
	return false, l.beat(ctx, s)
}

// displaced ends the work on a database that was taken away. Runs under way
// can't be published: their end would be told to nobody.
func (s *Store) displaced(err error) {
	s.health.failed(err)
	for _, run := range s.running.all() {
		run.cancel(err)
	}
	if w := s.working(); w != nil {
		w.lose(err)
	}
}

// stop ends the beat and the lease. Runs that are still this node's are put
// back by whoever comes next.
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
	_ = s.db.Write(ctx, func(ctx context.Context, t database.Tx) error { // else it expires
		_, err := t.Exec(ctx, "DELETE FROM node_lease WHERE node = $1", s.node)
		return err
	})
}

// own is what the ledger says this node is doing.
type own struct {
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

// beat renews the lease, reads what was decided about our runs elsewhere, and
// sweeps what dead nodes left.
func (l *lease) beat(ctx context.Context, s *Store) error {
	began := time.Now()
	var mine own
	var after []func()
	var clock int64
	var afresh bool
	a := s.newAnswers(s.working())
	err := a.write(ctx, func(ctx context.Context, t database.Tx) (err error) {
		if clock, err = l.renew(ctx, s, t); err != nil {
			return err
		}
		afresh = l.afresh(s, time.Now(), clock)
		if after, err = l.endExpired(ctx, s, t, a, afresh); err != nil {
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
	if afresh {
		l.trustUntil = l.last.Add(s.o.times.expiry)
	}
	if s.working() != nil && l.beats%10 == 0 {
		s.discover(ctx)
	}
	return l.reconcile(ctx, s, mine, began)
}

// renew extends the lease, and tells the database's clock. Without one we were
// taken for dead, and our runs are others' now: reconcile finds that out.
func (l *lease) renew(ctx context.Context, s *Store, t database.Tx) (clock int64, err error) {
	serve := 0
	if l.serve {
		serve = 1
	}
	expiry := s.o.times.expiry.Microseconds()
	until, err := database.Collect(ctx, t, database.Int, `INSERT INTO node_lease (node, serve, expires_at) VALUES ($1, $2, {now} + $3)
		ON CONFLICT (node) DO UPDATE SET serve = excluded.serve, expires_at = excluded.expires_at RETURNING expires_at`, s.node, serve, expiry)
	if err != nil {
		return 0, err
	}
	return until[0] - expiry, nil
}

// afresh says whether this beat is the first after a time in which perhaps no
// node could beat: this process just started, the database was away or locked
// by another, or its clock was set or slept. An expired lease proves nothing
// then, and the others get the time to beat before they are taken for dead.
func (l *lease) afresh(s *Store, now time.Time, clock int64) bool {
	if l.last.IsZero() {
		return true
	}
	silence := max(now.Sub(l.last), time.Duration(clock-l.clock)*time.Microsecond)
	if l.rested {
		silence -= s.o.times.beat
	}
	return silence > s.o.times.expiry/2
}

// endExpired ends expired leases, where that proves their nodes' death, and sweeps what
// nodes without a lease were doing: at the first beat, after that, and now and then.
func (l *lease) endExpired(ctx context.Context, s *Store, t database.Tx, a *answers, afresh bool) ([]func(), error) {
	var dead []string
	if !afresh && !time.Now().Before(l.trustUntil) {
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

// ownRows reads what the ledger says this node is doing.
func (s *Store) ownRows(ctx context.Context, t database.Tx) (mine own, err error) {
	if mine.runs, err = database.Collect(ctx, t, scanOwn, "SELECT job, tick, claim, cancel FROM runs WHERE node = $1 AND state = 'running'",
		s.node); err != nil {
		return own{}, err
	}
	mine.deliveries, err = database.Collect(ctx, t, func(r database.Rows) (one triedRow, err error) {
		err = r.Scan(&one.ID, &one.Claim)
		return one, err
	}, "SELECT id, claim FROM deliveries WHERE node = $1 AND state = 'sending'", s.node)
	return mine, err
}

// discover finds queues that other nodes filled and whose notification was lost.
func (s *Store) discover(ctx context.Context) {
	if names, err := s.queue.Filled(ctx); err == nil { // else the next beat says so
		s.queue.FetchFrom(names...)
	}
}

// reconcile compares the ledger's view of our runs with ours.
func (l *lease) reconcile(ctx context.Context, s *Store, mine own, began time.Time) error {
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
