//go:build !nopostgres && !demo

package database

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"unicode"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"speckle-runner/internal/secret"
)

// migrationLock is the advisory lock that keeps nodes apart that open a new
// database at once.
const migrationLock = 7305808869229538662

// idleParam bounds how long a session may do nothing within a transaction, in
// milliseconds.
const idleParam = "idle_in_transaction_session_timeout"

// postgresDB is the PostgreSQL backend, for several nodes.
type postgresDB struct {
	d    *dialect
	pool *pgxpool.Pool
	name string // host and database, for messages: an address may hold a password
}

func openPostgres(ctx context.Context, dsn string) (*postgresDB, error) {
	config, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		// The driver's message may quote the address, and so its password.
		if file, is := errors.AsType[*fs.PathError](err); is {
			return nil, fmt.Errorf("a file that the address names: %w", file)
		}
		return nil, errNoServer
	}
	if !hostsOnly(config.ConnConfig) {
		return nil, errNoServer
	}
	if !strings.Contains(dsn, "pool_max_conns") {
		config.MaxConns = 8
	}
	if config.ConnConfig.RuntimeParams["application_name"] == "" {
		config.ConnConfig.RuntimeParams["application_name"] = "speckle-runner"
	}
	// A node that is stopped within a transaction keeps its locks for as long as
	// its connection lives: the server must end it, or nobody takes its runs.
	if params := config.ConnConfig.RuntimeParams; params[idleParam] == "" {
		params[idleParam] = "3000"
	}
	// Our statements name the few rows that they mean, and the planner, which can't
	// see how few, would rather read a table of ten thousand runs for each of them.
	if params := config.ConnConfig.RuntimeParams; params["random_page_cost"] == "" {
		params["random_page_cost"] = "1.1"
	}
	name := fmt.Sprintf("%s on %s:%d", config.ConnConfig.Database, config.ConnConfig.Host, config.ConnConfig.Port)
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("database %s: %w", name, err)
	}
	return &postgresDB{d: newPostgresDialect(), pool: pool, name: name}, nil
}

// hostsOnly says whether all that would be connected to are hosts, or folders of sockets:
// anything else is mostly a part of a password.
func hostsOnly(config *pgx.ConnConfig) bool {
	host := func(name string) bool {
		return strings.HasPrefix(name, "/") || filepath.IsAbs(name) || !strings.ContainsFunc(name, func(r rune) bool {
			return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("-_.:%", r)
		})
	}
	return host(config.Host) && !slices.ContainsFunc(config.Fallbacks, func(f *pgconn.FallbackConfig) bool { return !host(f.Host) })
}

func (db *postgresDB) Begin(ctx context.Context) (Tx, error) {
	t, err := db.pool.Begin(ctx)
	if err != nil {
		return nil, err
	}
	return &postgresTx{postgresReader{t}, t}, nil
}

func (db *postgresDB) Reader() Queryer { return postgresReader{db.pool} }

// migrate brings the database up to date. Some steps need transactions of their
// own (they add values to an enum), so a session lock holds others off.
func (db *postgresDB) migrate(ctx context.Context, current func(context.Context, Queryer) (bool, error),
	up func(context.Context, Tx) error) error {
	done, err := current(ctx, dialectReader{db.Reader(), db.d})
	if done || err != nil {
		return err
	}
	conn, err := db.pool.Acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	if _, err := conn.Exec(ctx, "SELECT pg_advisory_lock($1)", int64(migrationLock)); err != nil {
		return err
	}
	defer func() {
		if _, err := conn.Exec(context.WithoutCancel(ctx), "SELECT pg_advisory_unlock($1)", int64(migrationLock)); err != nil {
			_ = conn.Conn().Close(context.WithoutCancel(ctx)) // ends the session, and its lock
		}
	}()
	t, err := conn.Begin(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = t.Rollback(context.WithoutCancel(ctx)) }()
	if _, err := t.Exec(ctx, "SET LOCAL "+idleParam+" = 0"); err != nil { // it waits for such steps
		return err
	}
	if err := up(ctx, dialectTx{&postgresTx{postgresReader{t}, t}, db.d}); err != nil {
		return err
	}
	return t.Commit(ctx)
}

// explain names the database instead of its address.
func (db *postgresDB) explain(err error) error {
	if err == nil {
		return nil
	}
	if failed, ok := errors.AsType[*pgconn.PgError](err); ok {
		if failed.Code == "53100" {
			return fmt.Errorf("database %s: %w: %w", db.name, ErrFull, err)
		}
		return err
	}
	if failed, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		return fmt.Errorf("database %s: %s", db.name, secret.Mask(failed.Error()))
	}
	return err
}

func (db *postgresDB) close() { db.pool.Close() }

type postgresTx struct {
	postgresReader
	tx pgx.Tx
}

func (t *postgresTx) Commit(ctx context.Context) error { return t.tx.Commit(ctx) }
func (t *postgresTx) Rollback()                        { _ = t.tx.Rollback(context.Background()) }

type postgresReader struct {
	db interface {
		Exec(ctx context.Context, statement string, args ...any) (pgconn.CommandTag, error)
		Query(ctx context.Context, statement string, args ...any) (pgx.Rows, error)
	}
}

func (r postgresReader) Exec(ctx context.Context, statement string, args ...any) (int64, error) {
	tag, err := r.db.Exec(ctx, statement, args...)
	return tag.RowsAffected(), err
}

func (r postgresReader) Query(ctx context.Context, statement string, args ...any) (Rows, error) {
	return r.db.Query(ctx, statement, args...) //nolint:sqlclosecheck // collect closes them
}
