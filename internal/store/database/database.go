package database

import (
	"context"
	"time"
)

// writeTimeout bounds one transaction, waiting for the database's lock included.
const writeTimeout = 15 * time.Second

// DB is an open database. It is safe for use by several goroutines.
type DB struct {
	backend  Backend
	sqlite   *sqliteDB // one of these two
	postgres *postgresDB
}

// Open opens the database that dsn names, "sqlite:FILE" or "postgres://…".
func Open(ctx context.Context, dsn string, o Options) (*DB, error) {
	if err := Name(dsn).Check(); err != nil {
		return nil, err
	}
	if path, ok := Name(dsn).File(); ok {
		file, err := openSQLite(path, o)
		if err != nil {
			return nil, err
		}
		return &DB{backend: file, sqlite: file}, nil
	}
	server, err := openPostgres(ctx, dsn)
	if err != nil {
		return nil, err
	}
	return &DB{backend: server, postgres: server}, nil
}

// Wrap lets a test see, and disturb, what is done with a database. It is called
// before the database is used.
func (db *DB) Wrap(with func(Backend) Backend) { db.backend = with(db.backend) }

// File says that the database is a file of this machine.
func (db *DB) File() bool { return db.sqlite != nil }

// Write runs one transaction. Its statements are those of the dialect.
func (db *DB) Write(ctx context.Context, do func(ctx context.Context, t Tx) error) error {
	return db.write(ctx, db.backend.Begin, do)
}

// WriteUnflushed runs one transaction whose commit doesn't wait for the disk, where the database is a file: a power cut
// may take it back, as long as no commit of Write has followed. The end of the process doesn't.
func (db *DB) WriteUnflushed(ctx context.Context, do func(ctx context.Context, t Tx) error) error {
	return db.write(ctx, db.backend.BeginUnflushed, do)
}

func (db *DB) write(ctx context.Context, begin func(context.Context) (Tx, error), do func(ctx context.Context, t Tx) error) error {
	ctx, cancel := context.WithTimeout(ctx, writeTimeout)
	defer cancel()
	t, err := begin(ctx)
	if err != nil {
		return db.Explain(err)
	}
	defer t.Rollback()
	if err := do(ctx, dialectTx{t, db.dialect()}); err != nil {
		return db.Explain(err)
	}
	return db.Explain(t.Commit(ctx))
}

// Read gives the connection for reading, in the dialect's words.
func (db *DB) Read() Queryer { return dialectReader{db.backend.Reader(), db.dialect()} }

// Migrate brings the database's tables up to date where current says that they
// aren't. No other process does that at the same time.
func (db *DB) Migrate(ctx context.Context, current func(context.Context, Queryer) (bool, error), up func(context.Context, Tx) error) error {
	if db.sqlite != nil {
		return db.Explain(db.sqlite.migrate(ctx, current, up))
	}
	return db.Explain(db.postgres.migrate(ctx, current, up))
}

// Writable refuses a server's database of which the named tables may be read and not
// written. What may be done with a file is told by the first try.
func (db *DB) Writable(ctx context.Context, tables []string) error {
	if db.sqlite != nil {
		return nil
	}
	return db.postgres.writable(ctx, tables)
}

// Displaced says that the database's file was removed or replaced under this
// process, if it was.
func (db *DB) Displaced() error {
	if db.sqlite == nil {
		return nil
	}
	return db.sqlite.place.check()
}

// Explain turns the driver's error into one that says what to do.
func (db *DB) Explain(err error) error {
	switch {
	case err == nil:
		return nil
	case db.sqlite != nil:
		return db.sqlite.explain(err)
	}
	return db.postgres.explain(err)
}

// Close closes the database.
func (db *DB) Close() {
	if db.sqlite != nil {
		db.sqlite.close()
	} else {
		db.postgres.close()
	}
}

func (db *DB) dialect() *dialect {
	if db.sqlite != nil {
		return db.sqlite.d
	}
	return db.postgres.d
}
