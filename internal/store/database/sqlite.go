package database

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"github.com/gofrs/flock"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// Options say how a database is opened: a file alone needs any.
type Options struct {
	// Lock takes the SQLite file for one serve; a second one gets ErrLocked.
	Lock bool
	// Wait is how long a statement waits for another process that holds the
	// SQLite file. 0 means 10 s.
	Wait time.Duration
	// Reads opens a SQLite file that may not be written, such as a copy of one, for
	// questions alone.
	Reads bool
}

// sqliteDB is the SQLite backend: one connection that writes, because SQLite
// has one writer, and some that read beside it.
type sqliteDB struct {
	d      *dialect
	path   string // as people gave it
	file   string // without links
	place  place
	writer *sql.DB
	reads  *sql.DB

	toRead, toWrite *statements
	lock            *flock.Flock // held by serve
	mayOnlyRead     bool         // is good enough
}

func openSQLite(path string, o Options) (_ *sqliteDB, err error) {
	file, err := resolved(path)
	if err != nil {
		return nil, fmt.Errorf("folder of the database: %w%s", err, elsewhere(err))
	}
	db := &sqliteDB{d: newSQLiteDialect(), path: path, file: file, mayOnlyRead: o.Reads}
	defer func() {
		if err != nil {
			db.close()
		}
	}()
	if o.Lock {
		if err := db.denied(); err != nil {
			return nil, err
		}
		if n := hardLinks(file); n > 1 {
			return nil, fmt.Errorf("database %s: the file has %d names (hard links), and SQLite's log lies beside one of them only: "+
				"remove the others", path, n)
		}
		db.lock = flock.New(file + ".lock")
		if ok, err := db.lock.TryLock(); err != nil {
			return nil, fmt.Errorf("lock %s: %w", path, err)
		} else if !ok {
			return nil, fmt.Errorf("database %s: %w", path, ErrLocked)
		}
	}
	if db.writer, err = sql.Open("sqlite", sqliteDSN(file, o.Wait, writerCache, "_txlock=immediate")); err != nil {
		return nil, err
	}
	db.writer.SetMaxOpenConns(1)
	if db.reads, err = sql.Open("sqlite", sqliteDSN(file, o.Wait, readerCache, "_pragma=query_only(1)")); err != nil {
		return nil, err
	}
	db.reads.SetMaxOpenConns(maxReaders)
	db.reads.SetMaxIdleConns(maxReaders) // a new one costs more than what it reads
	db.reads.SetConnMaxIdleTime(time.Minute)
	db.toRead, db.toWrite = newStatements(db.reads), newStatements(db.writer)
	return db, nil
}

const (
	// maxReaders is how many statements read at a time, beside the writer.
	maxReaders = 4
	// What each connection keeps of the file in memory, in KiB. Readers come by the
	// system's cache as fast, and together they would keep more than all else takes.
	writerCache, readerCache = 8000, 2000
)

// logLimit is what SQLite's log is cut to once what was in it is in the file: twice what it
// is left to grow to when nobody reads meanwhile. Without, it stays as large as it ever was.
const logLimit = 8 << 20

// sqliteDSN gives the driver's address. A commit is on the disk when it
// returns (synchronous FULL): group commits keep that cheap.
func sqliteDSN(path string, wait time.Duration, cache int, extra string) string {
	uri := url.URL{Scheme: "file", Opaque: (&url.URL{Path: filepath.ToSlash(path)}).EscapedPath()}
	pragmas := []string{
		fmt.Sprintf("_pragma=busy_timeout(%d)", cmp.Or(wait, 10*time.Second).Milliseconds()),
		"_pragma=journal_mode(WAL)", "_pragma=synchronous(FULL)", fmt.Sprintf("_pragma=journal_size_limit(%d)", logLimit),
		fmt.Sprintf("_pragma=cache_size(-%d)", cache), "_pragma=temp_store(MEMORY)", extra,
	}
	return uri.String() + "?" + strings.Join(pragmas, "&")
}

func (db *sqliteDB) Begin(ctx context.Context) (Tx, error) {
	if err := db.place.check(); err != nil {
		return nil, err
	}
	db.toWrite.prepare(ctx)
	t, err := db.writer.BeginTx(ctx, nil)
	if err != nil {
		return nil, err
	}
	return &sqliteTx{t, db.toWrite}, nil
}

func (db *sqliteDB) Reader() Queryer { return sqliteReads{db} }

// reader reads beside the writer. A command, which reads between its own writes, needs no
// connection more for that: to open one takes as long as all that it reads.
func (db *sqliteDB) reader() sqliteReader {
	if db.lock == nil && db.reads.Stats().OpenConnections == 0 && db.writer.Stats().InUse == 0 {
		return sqliteReader{db.writer, db.toWrite}
	}
	return sqliteReader{db.reads, db.toRead}
}

// settle notes which files these are, once they are made.
func (db *sqliteDB) settle() {
	db.place.keep(db.file, db.file+"-wal")
	if db.lock != nil {
		db.place.keep(db.lock.Path())
	}
}

// explain names the file, and what can be done about a full disk, or one who holds it.
func (db *sqliteDB) explain(err error) error {
	if err == nil {
		return nil
	}
	if failed, ok := errors.AsType[*sqlite.Error](err); ok {
		switch failed.Code() & 0xff {
		case sqlite3.SQLITE_FULL:
			if errors.Is(err, ErrFull) {
				return err
			}
			return fmt.Errorf("database %s: %w: %w", db.path, ErrFull, err)
		case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
			if errors.Is(err, ErrBusy) {
				return err
			}
			return fmt.Errorf("database %s: %w: %w", db.path, ErrBusy, err)
		case sqlite3.SQLITE_READONLY:
			if errors.Is(err, ErrRefused) {
				return err
			}
			return fmt.Errorf("database %s: %w: %w; %s", db.path, ErrRefused, err, ownHint)
		case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
			return fmt.Errorf("database %s: %w; it is damaged, or isn't a ledger: put its back-up in its place, or move it away to begin a new one",
				db.path, err)
		case sqlite3.SQLITE_CANTOPEN:
			if err := db.denied(); err != nil {
				return err
			}
			return fmt.Errorf("database %s: %w", db.path, err)
		case sqlite3.SQLITE_IOERR:
			return fmt.Errorf("database %s: %w", db.path, err)
		}
	}
	return err
}

// ownHint says what to do about files of somebody else's.
const ownHint = "give runner's user the right to write the file and its folder " +
	"(and run every command as that user: what sudo makes is root's)"

// denied says which of the database's files this user may not use, or that none can be made in
// the folder: SQLite doesn't say why it can't open one. Nil: that isn't the reason.
func (db *sqliteDB) denied() error {
	for _, one := range []struct {
		path  string
		write bool
	}{
		{filepath.Dir(db.file), true}, {db.file, true}, {db.file + "-wal", true}, {db.file + "-shm", true}, {db.file + ".lock", false},
	} {
		if err := may(one.path, one.write); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("database %s: %w: %s: %w; %s", db.path, ErrRefused, one.path, err, ownHint)
		}
	}
	return nil
}

func (db *sqliteDB) close() {
	for _, kept := range []*statements{db.toRead, db.toWrite} {
		kept.close()
	}
	for _, pool := range []*sql.DB{db.reads, db.writer} {
		if pool != nil {
			_ = pool.Close()
		}
	}
	if db.lock != nil {
		_ = db.lock.Unlock()
	}
}

// sqliteReads are statements outside of a transaction, on the connection that suits.
type sqliteReads struct{ db *sqliteDB }

func (r sqliteReads) Exec(ctx context.Context, statement string, args ...any) (int64, error) {
	return r.db.reader().Exec(ctx, statement, args...)
}

func (r sqliteReads) Query(ctx context.Context, statement string, args ...any) (Rows, error) {
	return r.db.reader().Query(ctx, statement, args...)
}
