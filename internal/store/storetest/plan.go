package storetest

import (
	"testing"

	"github.com/rs/zerolog"

	"speckle-runner/internal/store"
	"speckle-runner/internal/store/database"
)

// Plans gives a function that tells how SQLite answers a statement of a ledger, a step each.
func Plans(t testing.TB) func(statement string, values ...any) []string {
	t.Helper()
	dsn := SQLite(t)
	ledger, err := store.Open(t.Context(), dsn, store.Options{Log: zerolog.Nop()})
	if err != nil {
		t.Fatal(err)
	}
	if err := ledger.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := database.Open(t.Context(), dsn, database.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	return func(statement string, values ...any) []string {
		t.Helper()
		steps, err := database.Collect(t.Context(), db.Read(), func(r database.Rows) (step string, err error) {
			var id, parent, unused int
			return step, r.Scan(&id, &parent, &unused, &step)
		}, "EXPLAIN QUERY PLAN "+statement, values...)
		if err != nil || len(steps) == 0 {
			t.Fatalf("%s: %q, %v", statement, steps, err)
		}
		return steps
	}
}
