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
	user string
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
	return &postgresDB{d: newPostgresDialect(), pool: pool, name: name, user: config.ConnConfig.User}, nil
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

// BeginUnflushed begins one like any other: when its log is flushed is the server's business.
func (db *postgresDB) BeginUnflushed(ctx context.Context) (Tx, error) { return db.Begin(ctx) }

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
		switch known := errors.Is(err, ErrFull) || errors.Is(err, ErrRefused); {
		case known:
		case failed.Code == "53100":
			return fmt.Errorf("database %s: %w: %w", db.name, ErrFull, err)
		case failed.Code == "25006":
			return fmt.Errorf("database %s: %w: %w; %s", db.name, ErrRefused, err, standbyHint)
		case failed.Code == "42501", failed.Code == "3F000":
			return fmt.Errorf("database %s: %w: %w; %s", db.name, ErrRefused, err, grantHint(db.user))
		case failed.Code == "3D000":
			return fmt.Errorf("database %s: %w; create it first, for example with createdb", db.name, failed)
		case failed.Code == "28P01":
			return fmt.Errorf("database %s: %w; the password is in the address, or in PGPASSWORD", db.name, failed)
		case failed.Code == "28000": // no such role, or none that may come from here
			return fmt.Errorf("database %s: %w", db.name, failed)
		}
		return err
	}
	if failed, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		return fmt.Errorf("database %s: %s", db.name, secret.Mask(failed.Error()))
	}
	return err
}

// standbyHint is what to do about a server or a session that only reads.
const standbyHint = "it is a standby, or default_transaction_read_only is on for it: name the primary, " +
	"or all of its hosts with ?target_session_attrs=read-write"

// grantHint is what a role needs, for one who may say so.
func grantHint(user string) string {
	role := pgx.Identifier{user}.Sanitize()
	return "let " + role + " own the ledger's tables, or, for the schema where they are: GRANT USAGE, CREATE ON SCHEMA public TO " + role +
		"; GRANT ALL ON ALL TABLES IN SCHEMA public TO " + role + "; GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO " + role
}

// writable refuses a database of which a part can't be written: of the tables and sequences
// that are named, the one that the role has no right to.
func (db *postgresDB) writable(ctx context.Context, tables []string) error {
	lacking, err := Collect(ctx, db.Reader(), String, `SELECT c.relname FROM pg_class AS c
		WHERE c.oid IN (SELECT to_regclass(name) FROM unnest($1::text[]) AS name) AND
			NOT (has_table_privilege(c.oid, 'SELECT') AND has_table_privilege(c.oid, 'INSERT') AND has_table_privilege(c.oid, 'UPDATE') AND
				has_table_privilege(c.oid, 'DELETE'))
			OR c.oid = to_regclass('river_job_id_seq') AND NOT has_sequence_privilege(c.oid, 'USAGE') ORDER BY c.relname`, tables)
	if err != nil {
		return db.explain(err)
	}
	if len(lacking) > 0 {
		return fmt.Errorf("database %s: %w: user %s doesn't have all rights to %s; %s", db.name, ErrRefused, db.user, strings.Join(lacking, ", "),
			grantHint(db.user))
	}
	readOnly, err := Collect(ctx, db.Reader(), String, "SELECT current_setting('transaction_read_only')")
	if err != nil {
		return db.explain(err)
	}
	if len(readOnly) > 0 && readOnly[0] == "on" {
		return fmt.Errorf("database %s: %w; %s", db.name, ErrRefused, standbyHint)
	}
	return nil
}

// declined says that the server answered, and means to stay: one that starts, stops or has
// no connection left is as good as away.
func (db *postgresDB) declined(err error) bool {
	failed, ok := errors.AsType[*pgconn.PgError](err)
	return ok && !slices.Contains([]string{"08", "53", "57"}, failed.Code[:min(2, len(failed.Code))])
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
