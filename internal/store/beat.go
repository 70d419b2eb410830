package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"speckle-runner/internal/store/database"
)

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

// beat is what one beat has found out.
type beat struct {
	clock        int64 // the database's
	afterSilence bool
	mine         ownWork
	after        []func() // what has to be called now that it is committed
}

// beat renews the lease, puts back what dead nodes were doing, and reads what other
// processes have decided about this node's runs.
func (l *lease) beat(ctx context.Context, s *Store) error {
	began := time.Now()
	var b beat
	var err error
	sweep := l.beats%10 == 0
	if !sweep {
		b, sweep, err = l.renewed(ctx, s)
	}
	if err == nil && sweep {
		b, err = l.swept(ctx, s)
	}
	if err != nil {
		return err
	}
	for _, do := range b.after {
		do()
	}
	l.beats++
	l.last, l.clock, l.rested = time.Now(), b.clock, false
	if b.afterSilence {
		l.trustUntil = l.last.Add(s.o.times.expiry)
	}
	if s.working() != nil && l.beats%10 == 0 {
		s.discover(ctx)
	}
	return l.reconcile(ctx, s, b.mine, began)
}

// renewed renews the lease, which waits for no disk: after a power cut nobody misses it. sweep reports that a node is dead.
func (l *lease) renewed(ctx context.Context, s *Store) (b beat, sweep bool, err error) {
	file := s.jobFile()
	err = s.db.WriteUnflushed(ctx, func(ctx context.Context, t database.Tx) (err error) {
		if b.clock, err = l.renew(ctx, s, t, file); err != nil {
			return err
		}
		b.afterSilence = l.afterSilence(s, time.Now(), b.clock)
		expired, err := database.Collect(ctx, t, database.Int, "SELECT 1 FROM node_lease WHERE expires_at < {now} LIMIT 1")
		if err != nil {
			return err
		}
		sweep = len(expired) > 0 && l.proves(b.afterSilence)
		b.mine, err = s.ownRows(ctx, t)
		return err
	})
	return b, sweep, err
}

// errLeft rolls a beat back that waits for no disk, and has found what dead nodes left.
var errLeft = errors.New("what nodes without a lease were doing has to be put back")

// swept renews the lease and, in one transaction with it, puts back what nodes without a lease were doing. Where there is
// nothing to put back, it waits for no disk either.
func (l *lease) swept(ctx context.Context, s *Store) (b beat, err error) {
	a, file := s.newAnswers(s.working()), s.jobFile()
	sweep := func(ctx context.Context, t database.Tx) (err error) {
		if b.clock, err = l.renew(ctx, s, t, file); err != nil {
			return err
		}
		b.afterSilence = l.afterSilence(s, time.Now(), b.clock)
		if l.proves(b.afterSilence) {
			if _, err = t.Exec(ctx, "DELETE FROM node_lease WHERE expires_at < {now}"); err != nil {
				return err
			}
		}
		if b.after, err = s.sweep(ctx, t, a); err != nil {
			return fmt.Errorf("sweep: %w", err)
		}
		b.mine, err = s.ownRows(ctx, t)
		return err
	}
	err = s.db.WriteUnflushed(ctx, func(ctx context.Context, t database.Tx) error {
		if err := sweep(ctx, t); err != nil || len(b.after)+len(a.questions) == 0 {
			return err
		}
		return errLeft
	})
	if errors.Is(err, errLeft) {
		err = a.write(ctx, sweep)
	}
	return b, err
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

// proves reports whether an expired lease proves that its node is dead.
func (l *lease) proves(afterSilence bool) bool {
	return !afterSilence && !time.Now().Before(l.trustUntil)
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
