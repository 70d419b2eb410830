package store_test

import (
	"testing"

	"speckle-runner/internal/store"
	"speckle-runner/internal/store/storetest"
)

// The ledger knows why a past tick ran after all, and forgets it no more.
func TestBackfillOfAMissedTick(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		s := open(t, dsn)
		if _, err := s.Record(t.Context(), []store.End{{Job: "job", Tick: tick, Trigger: store.CatchUp, State: store.Missed}}); err != nil {
			t.Fatal(err)
		}
		for _, trigger := range []store.Trigger{store.Backfill, store.Manual} {
			c, _, err := s.Begin(t.Context(), store.Begin{Job: "job", Tick: tick, Trigger: trigger})
			if err != nil || c.Trigger != store.Backfill {
				t.Fatalf("%+v, %v", c, err)
			}
			if err := s.Finish(t.Context(), c, store.Outcome{State: store.Succeeded}); err != nil {
				t.Fatal(err)
			}
			if run := getRun(t, s, id("job")); run.State != store.Succeeded || run.Trigger != store.Backfill {
				t.Errorf("%+v", run)
			}
		}
	})
}
