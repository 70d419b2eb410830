package store_test

import (
	"fmt"
	"testing"
	"time"

	"speckle-runner/internal/store"
	"speckle-runner/internal/store/storetest"
)

// publish ends a run with a snapshot whose state names its tick and attempt.
func publish(t *testing.T, s *store.Store, at time.Time, state store.State, ignoring ...string) {
	t.Helper()
	c, _, err := s.Begin(t.Context(), store.Begin{Job: "job", Tick: at})
	if err != nil {
		t.Fatal(err)
	}
	o := store.Outcome{State: state}
	for _, one := range ignoring {
		o.Snapshots = append(o.Snapshots, store.Snapshot{Ignoring: one, State: fmt.Appendf(nil, "%s.%d\x00%s", c.Run, c.Attempt, one)})
		o.Marks = []store.Mark{{Output: "hook"}}
	}
	if err := s.Finish(t.Context(), c, o); err != nil {
		t.Fatal(err)
	}
}

// last gives the tick and the state of the snapshot that a tick is compared with.
func last(t *testing.T, s *store.Store, ignoring string, before time.Time) string {
	t.Helper()
	all, err := s.Snapshots(t.Context(), "job", ignoring, []string{"hook"}, before)
	if err != nil {
		t.Fatal(err)
	}
	found, is := all["hook"]
	if !is {
		return "none"
	}
	return fmt.Sprintf("%s %q", found.Tick.Format("15:04"), found.State)
}

func TestSnapshots(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		s := open(t, dsn)
		expect := func(what, got, want string) {
			t.Helper()
			if got != want {
				t.Errorf("%s: %s, want %s", what, got, want)
			}
		}
		expect("before anything", last(t, s, "", at(0)), "none")
		publish(t, s, at(0), store.Succeeded, "")
		expect("its own tick", last(t, s, "", at(0)), "none")
		first := `02:30 "job-20260302T023000Z.1\x00"`
		expect("the next tick", last(t, s, "", at(1)), first)

		publish(t, s, at(1), store.Failed, "")
		publish(t, s, at(1), store.Canceled, "")
		expect("after a failure", last(t, s, "", at(2)), first)
		publish(t, s, at(1), store.Succeeded, "", "x")
		second := `02:31 "job-20260302T023100Z.3\x00"`
		expect("after a good attempt", last(t, s, "", at(2)), second)
		expect("the same tick again", last(t, s, "", at(1)), first)
		expect("other fields", last(t, s, "x", at(2)), `02:31 "job-20260302T023100Z.3\x00x"`)
		expect("fields of nobody", last(t, s, "y", at(2)), "none")

		// A run again moves the tick's own, and another process sees it.
		publish(t, s, at(1), store.Succeeded, "")
		other := open(t, dsn)
		expect("on another node", last(t, other, "", at(2)), `02:31 "job-20260302T023100Z.4\x00"`)

		// A run without a snapshot moves nothing; the third tick ends the first.
		publish(t, other, at(2), store.Succeeded)
		expect("after an unchanged run", last(t, s, "", at(3)), `02:31 "job-20260302T023100Z.4\x00"`)
		publish(t, other, at(3), store.Succeeded, "")
		expect("the newest", last(t, s, "", at(4)), `02:33 "job-20260302T023300Z.1\x00"`)
		expect("the newest again", last(t, s, "", at(3)), `02:31 "job-20260302T023100Z.4\x00"`)
		expect("an old one again", last(t, s, "", at(1)), "none")

		// Each tick of a backfill is compared with the one before.
		publish(t, s, at(-9), store.Succeeded, "")
		expect("a backfill", last(t, s, "", at(-8)), `02:21 "job-20260302T022100Z.1\x00"`)
		publish(t, s, at(-8), store.Succeeded, "")
		expect("a backfill's second", last(t, s, "", at(-7)), `02:22 "job-20260302T022200Z.1\x00"`)
		publish(t, s, at(4), store.Succeeded, "")
		if n, err := s.Count(t.Context(), "SELECT count(*) FROM snapshots"); n != 2 || err != nil {
			t.Errorf("%d snapshots are kept, %v", n, err)
		}
	})
}

// TestSnapshotsAreLarge: what a run with many records keeps goes through both
// databases whole.
func TestSnapshotsAreLarge(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		s := open(t, dsn)
		state := make([]byte, 8<<20)
		for i := range state {
			state[i] = byte(i * i >> 5)
		}
		c, _, err := s.Begin(t.Context(), store.Begin{Job: "job", Tick: at(0)})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Finish(t.Context(), c, store.Outcome{State: store.Succeeded, Marks: []store.Mark{{Output: "hook"}},
			Snapshots: []store.Snapshot{{State: state}}}); err != nil {
			t.Fatal(err)
		}
		found, err := s.Snapshots(t.Context(), "job", "", []string{"hook"}, at(1))
		if err != nil || string(found["hook"].State) != string(state) {
			t.Errorf("%d, %v", len(found), err)
		}
	})
}

// TestSnapshotsOfJobsThatAreGone: retention forgets them once the job has had
// neither a schedule nor a run for as long as runs are kept.
func TestSnapshotsOfJobsThatAreGone(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		s := open(t, dsn)
		ctx := t.Context()
		old := time.Now().Add(-100 * 24 * time.Hour).Truncate(time.Second)
		publish(t, s, old, store.Succeeded, "")
		kept := func(want bool) {
			t.Helper()
			if _, err := s.Retention(ctx, store.Keep{Age: 30 * 24 * time.Hour}); err != nil {
				t.Fatal(err)
			}
			if got := last(t, s, "", time.Now()) != "none"; got != want {
				t.Errorf("kept: %v", got)
			}
		}
		if _, err := s.Arm(ctx, []store.Armed{{Job: "job", Schedule: "@yearly", Since: old}}); err != nil {
			t.Fatal(err)
		}
		kept(true) // it has a schedule
		if _, err := s.Arm(ctx, []store.Armed{{Job: "job", Since: time.Now(), Settled: true}}); err != nil {
			t.Fatal(err)
		}
		publish(t, s, time.Now().Add(-time.Hour), store.Failed)
		kept(true) // it ran lately
		if err := s.Write(ctx, "DELETE FROM runs WHERE state = 'failed'"); err != nil {
			t.Fatal(err)
		}
		kept(false)
	})
}

// TestAnOlderLedgerLearnsOfSnapshots: a ledger from before there were any is
// brought up to date with what is in it.
func TestAnOlderLedgerLearnsOfSnapshots(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		s := open(t, dsn)
		if err := s.Age(t.Context(), 1); err != nil {
			t.Fatal(err)
		}
		if err := s.Write(t.Context(),
			`INSERT INTO runs (job, tick, state, attempt, via, created_at, due_at) VALUES ('job', $1, 'succeeded', 1, 'manual', $1, $1)`,
			at(0).UnixMicro()); err != nil {
			t.Fatal(err)
		}
		s = open(t, dsn)
		publish(t, s, at(1), store.Succeeded, "")
		if got := last(t, s, "", at(2)); got != `02:31 "job-20260302T023100Z.1\x00"` {
			t.Error(got)
		}
		if run := getRun(t, s, runID("job", 0)); run.State != store.Succeeded {
			t.Errorf("%+v", run)
		}
	})
}
