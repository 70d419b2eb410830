package retention_test

import (
	"path/filepath"
	"regexp"
	"testing"

	"github.com/rs/zerolog"

	"speckle-runner/internal/store"
	"speckle-runner/internal/store/database"
	"speckle-runner/internal/store/retention"
)

// TestNoTableIsReadWhole: forgetting a few runs of a ledger with a million must not cost
// what the million does, least of all while it holds the one place to write.
func TestNoTableIsReadWhole(t *testing.T) {
	dsn := "sqlite:" + filepath.Join(t.TempDir(), "runner.db")
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
	// What was listed or found before is read whole: it is as small as what is wanted.
	small := regexp.MustCompile(`^SCAN (jsonb_each|named|CONSTANT ROW|\d+ )`)
	for statement, values := range retention.Statements() {
		steps := 0
		if _, err := database.Collect(t.Context(), db.Read(), func(r database.Rows) (none struct{}, err error) {
			var id, parent, unused int
			var step string
			err = r.Scan(&id, &parent, &unused, &step)
			if steps++; len(step) > 5 && step[:5] == "SCAN " && !small.MatchString(step) {
				t.Errorf("%s\nis answered by %q", statement, step)
			}
			return none, err
		}, "EXPLAIN QUERY PLAN "+statement, values...); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
		if steps == 0 {
			t.Errorf("%s has no plan", statement)
		}
	}
}
