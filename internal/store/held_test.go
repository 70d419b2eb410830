package store_test

import (
	"context"
	"database/sql"
	"strings"
	"testing"
	"time"

	"speckle-runner/internal/store"
	"speckle-runner/internal/store/storetest"
)

// TestWorkBeginsWhenTheDatabaseCanBeHad: serve once ended where its database
// was held by somebody else for ten seconds at the start. It waits, says so, and
// works.
func TestWorkBeginsWhenTheDatabaseCanBeHad(t *testing.T) {
	for what, hold := range map[string]struct {
		by func(t *testing.T) (dsn string, letGo func())
		is string
	}{
		"a file that another process holds": {heldFile, "is held by another program, or by a slow disk"},
		"a server that refuses":             {refusingServer, "refuses"},
	} {
		t.Run(what, func(t *testing.T) {
			dsn, letGo := hold.by(t)
			s := open(t, dsn, store.FastLeases, store.Impatient)
			work(t, s, store.WorkOptions{Handler: func(context.Context, store.Claim) store.Outcome {
				return store.Outcome{State: store.Succeeded}
			}})
			storetest.Until(t, "the database counts as away", 45*time.Second, func() bool { _, down := s.Down(); return down })
			awaitTrouble(t, s, hold.is)
			letGo()
			enqueue(t, s, due("job", tick))
			awaitState(t, s, id("job"), store.Succeeded)
			storetest.Until(t, "the database is back", 45*time.Second, func() bool { _, down := s.Down(); return !down })
		})
	}
}

// heldFile gives a ledger that another process is writing into.
func heldFile(t *testing.T) (dsn string, letGo func()) {
	dsn = storetest.SQLite(t)
	open(t, dsn)
	other, err := sql.Open("sqlite", strings.TrimPrefix(dsn, "sqlite:"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = other.Close() })
	other.SetMaxOpenConns(1)
	run := func(statement string) {
		if _, err := other.ExecContext(context.Background(), statement); err != nil {
			t.Error(err)
		}
	}
	run("BEGIN IMMEDIATE")
	return dsn, func() { run("ROLLBACK") }
}

// refusingServer gives a ledger that takes no row of the queue's settings, which
// is the last that is asked of it at the start.
func refusingServer(t *testing.T) (dsn string, letGo func()) {
	dsn = storetest.Postgres(t)
	open(t, dsn)
	storetest.Exec(t, dsn, `CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''not now''; END'`)
	storetest.Exec(t, dsn, `CREATE TRIGGER refuse BEFORE INSERT ON river_queue FOR EACH ROW EXECUTE FUNCTION refuse()`)
	return dsn, func() { storetest.Exec(t, dsn, `DROP TRIGGER refuse ON river_queue`) }
}
