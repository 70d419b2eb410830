package store

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"time"

	"github.com/rs/zerolog"

	"speckle-runner/internal/store/database"
	"speckle-runner/internal/store/queue"
)

// FastLeases shortens the clockwork of leases for tests.
func FastLeases(o *Options) {
	o.times = leaseTimes{beat: 100 * time.Millisecond, expiry: 1500 * time.Millisecond, giveBack: 200 * time.Millisecond,
		poll: 200 * time.Millisecond}
}

// AllLate takes every answer of a receiver for a late one.
func AllLate(o *Options) {
	FastLeases(o)
	o.times.late, o.times.aside = time.Nanosecond, 20*time.Millisecond
}

// Impatient waits a moment only for another process that holds a file.
func Impatient(o *Options) { o.wait = 10 * time.Millisecond }

// Tables are those that the start looks at.
var Tables = tables

// NewFile is what a new SQLite file is made with.
const NewFile = newFile

// MigrateEmpty makes the tables of an empty SQLite file by all migrations, one after the other.
func MigrateEmpty(ctx context.Context, dsn string) error {
	db, err := database.Open(ctx, dsn, database.Options{})
	if err != nil {
		return err
	}
	defer db.Close()
	q, err := queue.New(db, zerolog.Nop())
	if err != nil {
		return err
	}
	defer q.Close()
	return db.Migrate(ctx, migrated, func(ctx context.Context, t database.Tx) error { return migrateLedger(ctx, t, q.Migrate) })
}

// Beat beats once, now.
func (s *Store) Beat(ctx context.Context) error {
	s.lease.mu.Lock()
	defer s.lease.mu.Unlock()
	return s.lease.beat(ctx, s)
}

// Next is what the clockwork of the lease does at each of its beats.
func (s *Store) Next(ctx context.Context) (rested bool, err error) { return s.lease.beatOrRest(ctx, s) }

// Die makes the store look like that of a process that was killed: its lease
// is no longer renewed, and nothing is cleaned up.
func (s *Store) Die() {
	s.lease.mu.Lock()
	cancel, done := s.lease.cancel, s.lease.done
	s.lease.mu.Unlock()
	if cancel != nil {
		cancel()
		<-done
	}
}

// Expire makes a node's lease run out now.
func (s *Store) Expire(ctx context.Context, node string) error {
	return s.db.Write(ctx, func(ctx context.Context, t database.Tx) error {
		_, err := t.Exec(ctx, "UPDATE node_lease SET expires_at = 1 WHERE node = $1", node)
		return err
	})
}

// LimitPages bounds the SQLite file, as a full disk does; 0 is what it has now, less takes the bound away.
func (s *Store) LimitPages(ctx context.Context, more int) error {
	writer := s.db.SQLite()
	limit := 1 << 30
	if more >= 0 {
		var pages int
		if err := writer.QueryRowContext(ctx, "PRAGMA page_count").Scan(&pages); err != nil {
			return err
		}
		limit = pages + more
	}
	_, err := writer.ExecContext(ctx, fmt.Sprintf("PRAGMA max_page_count = %d", limit))
	return err
}

// Count counts the rows that a statement gives.
func (s *Store) Count(ctx context.Context, statement string, args ...any) (int, error) {
	n, err := database.Collect(ctx, s.db.Read(), database.Int, statement, args...)
	if err != nil || len(n) == 0 {
		return 0, err
	}
	return int(n[0]), nil
}

// Write runs a statement, as a DBA would.
func (s *Store) Write(ctx context.Context, statement string, args ...any) error {
	return s.db.Write(ctx, func(ctx context.Context, t database.Tx) error {
		_, err := t.Exec(ctx, statement, args...)
		return err
	})
}

// Age makes an empty ledger what a runner of long ago left, with so many of the
// migrations. Open it again to bring it up to date.
func (s *Store) Age(ctx context.Context, migrations int) error {
	return s.db.Write(ctx, func(ctx context.Context, t database.Tx) error {
		for _, name := range migrationNames() {
			text, err := migrationFiles.ReadFile(name)
			if err != nil {
				return err
			}
			for _, table := range regexp.MustCompile(`CREATE TABLE (\w+)`).FindAllStringSubmatch(string(text), -1) {
				if _, err := t.Exec(ctx, "DROP TABLE "+table[1]); err != nil {
					return err
				}
			}
		}
		for _, name := range migrationNames()[:migrations] {
			if err := applyFile(ctx, t, name); err != nil {
				return err
			}
		}
		_, err := t.Exec(ctx, "UPDATE ledger_version SET ledger = $1", migrations)
		return err
	})
}

// MigrationsBefore says how many there were before one.
func MigrationsBefore(name string) int { return slices.Index(migrationNames(), "migrations/"+name) }

// Dump gives what a query finds, for messages.
func (s *Store) Dump(ctx context.Context, statement string, args ...any) string {
	found, err := database.Collect(ctx, s.db.Read(), database.String, statement, args...)
	return fmt.Sprint(found, err)
}

// SlowBeats are leases as FastLeases has them, of a node that beats when the
// test says so.
func SlowBeats(o *Options) {
	FastLeases(o)
	o.times.beat = time.Hour
}

// LeaseExpired says whether a node's lease has run out.
func (s *Store) LeaseExpired(ctx context.Context, node string) bool {
	n, err := s.Count(ctx, "SELECT count(*) FROM node_lease WHERE node = $1 AND expires_at < {now}", node)
	return err == nil && n == 1
}

// Sweep puts back what nodes without a lease were doing.
func (s *Store) Sweep(ctx context.Context) error {
	a := s.newAnswers(s.working())
	return a.write(ctx, func(ctx context.Context, t database.Tx) error {
		_, err := s.sweep(ctx, t, a)
		return err
	})
}

// WorkStopped works as Work does between the moment at which it is asked to stop and that at
// which its queue has: what a fetch under way brings still comes.
func (s *Store) WorkStopped(ctx context.Context, o WorkOptions) error {
	stopped, stop := context.WithCancel(ctx)
	stop()
	w := &working{s: s, o: o, ctx: stopped, hard: context.WithoutCancel(ctx), lose: func(error) {}, goroutines: newGoroutines()}
	if err := s.begin(w); err != nil {
		return err
	}
	defer s.end()
	if err := w.start(ctx); err != nil {
		return err
	}
	<-ctx.Done()
	return w.stop(func() {})
}

// PlanOfNext tells how the database finds the next run of a job.
func (s *Store) PlanOfNext(ctx context.Context) string { return s.Plan(ctx, selectNext, "[]") }

// PlanOfBehind tells how the database finds what waits behind runs that begin.
func (s *Store) PlanOfBehind(ctx context.Context) string {
	return s.Plan(ctx, selectBehind, "[]", chunk)
}

// PlanOfSweep tells how the database finds what dead nodes were doing.
func (s *Store) PlanOfSweep(ctx context.Context) string {
	return s.Plan(ctx, selectOrphans) + s.Plan(ctx, selectUnsent)
}

// PlanOfTries tells how the database finds the tries that are written, and those that go.
func (s *Store) PlanOfTries(ctx context.Context) string {
	return s.Plan(ctx, insertTries, "[]") + s.Plan(ctx, dropMiddleTries, "[]", keptTries) + s.Plan(ctx, dropTriesOf, "[]")
}

// PlanOfArm tells how the database finds up to when ticks are known.
func (s *Store) PlanOfArm(ctx context.Context) string {
	return s.Plan(ctx, "SELECT "+uptoSQL+" FROM jobs j WHERE j.job = $1", "")
}

// Plan tells how SQLite answers a statement.
func (s *Store) Plan(ctx context.Context, statement string, values ...any) string {
	var plan string
	_, err := database.Collect(ctx, s.db.Read(), func(r database.Rows) (struct{}, error) {
		var id, parent, unused int
		var detail string
		err := r.Scan(&id, &parent, &unused, &detail)
		plan += detail + "\n"
		return struct{}{}, err
	}, "EXPLAIN QUERY PLAN "+statement, values...)
	if err != nil {
		return err.Error()
	}
	return plan
}

// LeaseOf gives until when a node's lease lasts, and what time it is, both by
// the database's clock.
func (s *Store) LeaseOf(ctx context.Context, node string) (expires, now time.Time, err error) {
	type row struct{ expires, now int64 }
	found, err := database.Collect(ctx, s.db.Read(), func(r database.Rows) (row, error) {
		var one row
		return one, r.Scan(&one.expires, &one.now)
	}, "SELECT expires_at, {now} FROM node_lease WHERE node = $1", node)
	if err != nil || len(found) == 0 {
		return expires, now, fmt.Errorf("lease of %s: %w", node, err)
	}
	return database.FromMicros(found[0].expires), database.FromMicros(found[0].now), nil
}
