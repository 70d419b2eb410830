package store

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// riverVersion is the newest of River's own migrations that this build knows;
// a test fails when an update of River brings another.
const riverVersion = 8

// migrated says whether the database is up to date, in one read: `runner run`
// should not pay for a migrator each time.
func migrated(ctx context.Context, q queryer) (bool, error) {
	applied, river, err := versions(ctx, q)
	if err != nil {
		return false, nil //nolint:nilerr // no such table: a new database
	}
	if err := tooNew(applied, river); err != nil {
		return false, err
	}
	return applied == len(migrationNames()) && river == riverVersion, nil
}

func versions(ctx context.Context, q queryer) (applied, river int, err error) {
	found, err := collect(ctx, q, func(r rows) ([2]int, error) {
		var v [2]int
		return v, r.Scan(&v[0], &v[1])
	}, "SELECT ledger, river FROM ledger_version")
	if err != nil || len(found) == 0 {
		return 0, 0, err
	}
	return found[0][0], found[0][1], nil
}

func tooNew(applied, river int) error {
	if applied > len(migrationNames()) || river > riverVersion {
		return fmt.Errorf("the database was made by a newer runner (ledger %d, queue %d): use that version or newer", applied, river)
	}
	return nil
}

// migrateLedger applies what is missing. The caller holds a lock that keeps
// other processes out; upRiver runs River's own migrations.
func migrateLedger(ctx context.Context, t tx, upRiver func(context.Context) error) error {
	if _, err := t.exec(ctx, "CREATE TABLE IF NOT EXISTS ledger_version (ledger INTEGER NOT NULL, river INTEGER NOT NULL)"); err != nil {
		return fmt.Errorf("create the ledger: %w", err)
	}
	applied, river, err := versions(ctx, t)
	if err != nil {
		return err
	}
	if err := tooNew(applied, river); err != nil {
		return err
	}
	if river < riverVersion {
		if err := upRiver(ctx); err != nil {
			return fmt.Errorf("create the queue's tables: %w", err)
		}
	}
	names := migrationNames()
	for _, name := range names[applied:] {
		if err := applyFile(ctx, t, name); err != nil {
			return err
		}
	}
	if _, err := t.exec(ctx, "DELETE FROM ledger_version"); err != nil {
		return err
	}
	_, err = t.exec(ctx, "INSERT INTO ledger_version (ledger, river) VALUES ($1, $2)", len(names), riverVersion)
	return err
}

// applyFile runs the statements of a file one by one: not every driver takes
// several at once.
func applyFile(ctx context.Context, t tx, name string) error {
	text, err := migrationFiles.ReadFile(name)
	if err != nil {
		return err
	}
	for statement := range strings.SplitSeq(string(text), ";\n") {
		if strings.TrimSpace(statement) == "" {
			continue
		}
		if _, err := raw(t).exec(ctx, statement); err != nil {
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
