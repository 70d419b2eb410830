package history_test

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"speckle-runner/internal/store"
	"speckle-runner/internal/store/database"
	"speckle-runner/internal/store/history"
)

// TestRareRunsAreFoundAmongMany: who asks for what failed in a year, or for what runs now,
// doesn't wait until all good runs were read.
func TestRareRunsAreFoundAmongMany(t *testing.T) {
	t.Parallel()
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
	place := history.Place{Job: "job", Tick: time.Unix(1e9, 0)}
	failed := []history.State{history.Failed}
	for index, filters := range map[string][]history.Filter{
		"runs_ended_otherwise": {
			{States: failed}, {States: []history.State{history.Missed, history.Skipped, history.Interrupted, history.Canceled, history.Failed}},
			{States: failed, After: place}, {States: failed, Since: place.Tick}, {States: failed, Before: place.Tick},
		},
		"runs_running": {{States: []history.State{history.Running}}},
		"runs_tick":    {{}, {States: []history.State{history.Succeeded, history.Failed}}, {After: place}},
		"runs_1":       {{Job: "job"}, {Job: "job", States: []history.State{history.Succeeded}}, {Job: "job", Before: place.Tick}},
	} {
		for _, f := range filters {
			statement, values := f.Statement()
			steps, err := database.Collect(t.Context(), db.Read(), func(r database.Rows) (step string, err error) {
				var id, parent, unused int
				return step, r.Scan(&id, &parent, &unused, &step)
			}, "EXPLAIN QUERY PLAN "+statement, values...)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(steps[0], index) {
				t.Errorf("%s\n%v\nis answered by %q, want %s", statement, values, steps, index)
			}
		}
	}
}
