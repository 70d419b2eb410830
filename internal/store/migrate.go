package store

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"speckle-runner/internal/store/database"
	"speckle-runner/internal/store/queue"
)

//go:embed migrations/*.sql migrations/new/*.sql
var migrationFiles embed.FS

// newFile makes all tables of a SQLite file that has none, in the form that the migrations
// lead to, those of the queue too. It takes a third of the migrations' time.
const newFile = "migrations/new/sqlite.sql"

// tables names those that a serve writes.
var tables = []string{
	"attempts", "deliveries", "jobs", "known_records", "ledger_version", "marks", "node_lease", "output_tables", "pruned", "run_versions",
	"runs", "snapshots", "token_ends", "tries", "version_marks",
	"river_job", "river_leader", "river_migration", "river_notification", "river_queue",
}

// migrate brings the tables of queue and ledger up to date.
func (s *Store) migrate(ctx context.Context) error {
	return s.db.Migrate(ctx, migrated, func(ctx context.Context, t database.Tx) error {
		if s.db.File() {
			if begun, err := hasTables(ctx, t); err != nil {
				return err
			} else if !begun {
				return beginLedger(ctx, t)
			}
		}
		return migrateLedger(ctx, t, s.queue.Migrate)
	})
}

// hasTables says whether anything is in an SQLite file.
func hasTables(ctx context.Context, q database.Queryer) (bool, error) {
	found, err := database.Collect(ctx, q, func(r database.Rows) (n int, err error) { return n, r.Scan(&n) },
		"SELECT count(*) FROM sqlite_master")
	return len(found) > 0 && found[0] > 0, err
}

// beginLedger fills a new SQLite file.
func beginLedger(ctx context.Context, t database.Tx) error {
	if err := applyFile(ctx, t, newFile); err != nil {
		return fmt.Errorf("create the ledger: %w", err)
	}
	return noteVersions(ctx, t)
}

// migrated reports whether the database is up to date, in one read: a command that only
// looks shouldn't pay for a migrator each time.
func migrated(ctx context.Context, q database.Queryer) (bool, error) {
	applied, river, err := versions(ctx, q)
	if err != nil {
		return false, nil //nolint:nilerr // no such table: a new database
	}
	if err := tooNew(applied, river); err != nil {
		return false, err
	}
	return applied == len(migrationNames()) && river == queue.Version, nil
}

func versions(ctx context.Context, q database.Queryer) (applied, river int, err error) {
	found, err := database.Collect(ctx, q, func(r database.Rows) ([2]int, error) {
		var v [2]int
		return v, r.Scan(&v[0], &v[1])
	}, "SELECT ledger, river FROM ledger_version")
	if err != nil || len(found) == 0 {
		return 0, 0, err
	}
	return found[0][0], found[0][1], nil
}

func tooNew(applied, river int) error {
	if applied > len(migrationNames()) || river > queue.Version {
		return fmt.Errorf("%w (ledger %d, queue %d): use that version or newer", ErrNewer, applied, river)
	}
	return nil
}

// migrateLedger applies what is missing. The caller holds a lock that keeps
// other processes out; upQueue makes the queue's tables.
func migrateLedger(ctx context.Context, t database.Tx, upQueue func(context.Context, database.Tx) error) error {
	if _, err := t.Exec(ctx, "CREATE TABLE IF NOT EXISTS ledger_version (ledger INTEGER NOT NULL, river INTEGER NOT NULL)"); err != nil {
		return fmt.Errorf("create the ledger: %w", err)
	}
	applied, river, err := versions(ctx, t)
	if err != nil {
		return err
	}
	if err := tooNew(applied, river); err != nil {
		return err
	}
	if river < queue.Version {
		if err := upQueue(ctx, t); err != nil {
			return fmt.Errorf("create the queue's tables: %w", err)
		}
	}
	names := migrationNames()
	for _, name := range names[applied:] {
		if err := applyFile(ctx, t, name); err != nil {
			return err
		}
	}
	return noteVersions(ctx, t)
}

func noteVersions(ctx context.Context, t database.Tx) error {
	if _, err := t.Exec(ctx, "DELETE FROM ledger_version"); err != nil {
		return err
	}
	_, err := t.Exec(ctx, "INSERT INTO ledger_version (ledger, river) VALUES ($1, $2)", len(migrationNames()), queue.Version)
	return err
}

// applyFile runs the statements of a file one by one: not every driver takes
// several at once.
func applyFile(ctx context.Context, t database.Tx, name string) error {
	text, err := migrationFiles.ReadFile(name)
	if err != nil {
		return err
	}
	for statement := range strings.SplitSeq(string(text), ";\n") {
		if strings.TrimSpace(statement) == "" {
			continue
		}
		if _, err := database.Raw(t).Exec(ctx, statement); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

func migrationNames() []string {
	names, err := fs.Glob(migrationFiles, "migrations/*.sql")
	if err != nil {
		panic(err) // the pattern is a constant
	}
	slices.Sort(names)
	return names
}
