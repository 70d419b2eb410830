package store_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"speckle-runner/internal/store"
	"speckle-runner/internal/store/storetest"
)

// TestRunsOfVersions: two versions of one instant are two runs, each found by
// the name that ends with its version and by no other, in the queue, by hand,
// with its messages, and once it is over.
func TestRunsOfVersions(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		s := open(t, dsn)
		ticks, err := s.VersionTicks(t.Context(), "job", []store.Version{{ID: "ve01", Model: "m", Created: tick},
			{ID: "ve02", Model: "m", Created: tick}})
		if err != nil {
			t.Fatal(err)
		}
		first, second := store.VersionRunID("job", ticks[0], "ve01"), store.VersionRunID("job", ticks[1], "ve02")
		lost := &receiver{answer: func(store.Delivery) store.DeliveryResult { return store.Final(errors.New("410 gone")) }}
		work(t, s, store.WorkOptions{Handler: owing("a"), Deliver: lost.handle, Overlap: always(store.OverlapQueue)})
		enqueue(t, s, due("job", ticks[0]))
		awaitState(t, s, first, store.Succeeded)
		awaitDelivery(t, s, first, store.DeliveryFailed, 1)
		run := getRun(t, s, first)
		if d := run.Deliveries[0]; !strings.HasPrefix(d.ID, first+".") || run.Run != first {
			t.Errorf("%+v of run %s", d, run.Run)
		}
		lost.set(func(d store.Delivery) store.DeliveryResult {
			if d.Run != first {
				t.Errorf("sent for %s", d.Run)
			}
			return store.Delivered("")
		})

		claim, _, err := s.Begin(t.Context(), store.Begin{Job: "job", Tick: ticks[1]})
		if err != nil || claim.Run != second || claim.Version != "ve02" {
			t.Fatalf("%+v, %v", claim, err)
		}
		if _, _, err := s.Begin(t.Context(), store.Begin{Job: "job", Tick: at(9)}); !errors.Is(err, store.ErrRunning) ||
			!strings.Contains(err.Error(), second) {
			t.Errorf("beside a running run: %v", err)
		}
		if err := s.Cancel(t.Context(), second); err != nil {
			t.Error(err)
		}
		if err := s.Finish(t.Context(), claim, store.Outcome{State: store.Canceled}); err != nil {
			t.Error(err)
		}
		if run, err := s.RunAt(t.Context(), "job", ticks[1]); err != nil || run.Run != second {
			t.Errorf("%s, %v", run.Run, err)
		}
		for _, wrong := range []string{store.RunID("job", ticks[0]), store.VersionRunID("job", ticks[0], "ve02"),
			store.RunID("job", ticks[0]) + "@"} {
			strangers(t, s, wrong)
		}
		if n, err := s.Redeliver(t.Context(), first); n != 1 || err != nil {
			t.Errorf("Redeliver = %d, %v", n, err)
		}
		awaitDelivery(t, s, first, store.DeliveryDelivered, 2)
	})
}

// TestAVersionLeavesTheScheduleItsTicks: one that was made at the very second of
// a schedule's tick takes none away, also when it comes first.
func TestAVersionLeavesTheScheduleItsTicks(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		s := open(t, dsn)
		arm(t, s, "30 2 * * *", at(-60))
		ticks, err := s.VersionTicks(t.Context(), "job", []store.Version{{ID: "ve01", Model: "m", Created: tick}})
		if err != nil || !ticks[0].Equal(tick.Add(time.Microsecond)) {
			t.Fatal(ticks, err)
		}
		if fresh := enqueue(t, s, due("job", ticks[0]), due("job", tick)); !fresh[0] || !fresh[1] {
			t.Errorf("%v", fresh)
		}
		if run := getRun(t, s, store.RunID("job", tick)); run.Tick != tick {
			t.Errorf("%+v", run)
		}
	})
}

// strangers fails the test when something is done to the run of a wrong name.
func strangers(t *testing.T, s *store.Store, id string) {
	t.Helper()
	_, shown := s.Run(t.Context(), id)
	_, forgotten := s.Forget(t.Context(), id)
	_, again := s.Redeliver(t.Context(), id)
	_, sent := s.Deliver(t.Context(), id, time.Minute, nil)
	for doing, err := range map[string]error{"show": shown, "forget": forgotten, "redeliver": again, "deliver": sent,
		"cancel": s.Cancel(t.Context(), id)} {
		if !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%s %s: %v", doing, id, err)
		}
	}
}

// TestVersionIDs: what can't stand in a name, a path and an address is refused.
func TestVersionIDs(t *testing.T) {
	s := open(t, storetest.SQLite(t))
	for _, id := range []string{"", "../x", "a b", "a@b", "a\n"} {
		if _, err := s.VersionTicks(t.Context(), "job", []store.Version{{ID: id, Created: tick}}); err == nil {
			t.Errorf("%q is taken", id)
		}
	}
}
