package main

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/jackc/pgx/v5"
	_ "modernc.org/sqlite" // the ledger, as another program opens it

	"speckle-runner/test/process"
)

// tables of the ledger, which somebody locks.
var tables = []string{"runs", "jobs", "deliveries"}

// lock lets another program hold the ledger for itself, for longer than anybody should.
func (s *storm) lock(ctx context.Context, dice *rand.Rand) {
	for process.Rest(ctx, between(dice, 8*time.Second, 30*time.Second)) {
		length, table, idle := between(dice, 2*time.Second, 20*time.Second), tables[dice.IntN(len(tables))], dice.IntN(3) == 0
		var err error
		switch {
		case s.cluster == nil:
			err = s.lockFile(ctx, length)
		case idle:
			s.idle(ctx, length)
		default:
			err = s.lockTable(ctx, table, length)
		}
		if err != nil && ctx.Err() == nil {
			s.report.add(found(broken, "lock the ledger: %v", err))
			return
		}
	}
}

// lockFile is what a backup, or somebody with a browser of databases, does to SQLite's.
func (s *storm) lockFile(ctx context.Context, length time.Duration) error {
	s.power.Lock()
	defer s.power.Unlock()
	if !s.atWork() {
		return nil
	}
	db, err := sql.Open("sqlite", "file:"+s.file+"?_pragma=busy_timeout(30000)")
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	if _, err := conn.ExecContext(ctx, "BEGIN EXCLUSIVE"); err != nil {
		return err
	}
	s.locks.Add(1)
	process.Rest(ctx, length)
	_, err = conn.ExecContext(context.WithoutCancel(ctx), "ROLLBACK")
	return err
}

// lockTable is what somebody who changes a table by hand does to PostgreSQL's.
func (s *storm) lockTable(ctx context.Context, table string, length time.Duration) error {
	s.power.Lock()
	defer s.power.Unlock()
	if !s.atWork() {
		return nil
	}
	return s.transact(ctx, "LOCK TABLE "+table+" IN ACCESS EXCLUSIVE MODE", length)
}

// idle leaves a transaction open that has only looked. The database may go meanwhile.
func (s *storm) idle(ctx context.Context, length time.Duration) {
	_ = s.transact(ctx, "SELECT count(*) FROM runs", length) // it may have no power
}

func (s *storm) transact(ctx context.Context, statement string, length time.Duration) error {
	conn, err := pgx.Connect(ctx, s.cluster.DSN("chaos"))
	if err != nil {
		return err
	}
	whole := context.WithoutCancel(ctx)
	defer func() { _ = conn.Close(whole) }() // which ends the transaction
	for _, text := range []string{"BEGIN ISOLATION LEVEL REPEATABLE READ", statement} {
		if _, err := conn.Exec(ctx, text); err != nil {
			return fmt.Errorf("%s: %w", statement, err)
		}
	}
	s.locks.Add(1)
	process.Rest(ctx, length)
	return nil
}
