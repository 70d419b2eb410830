package store_test

import (
	"testing"
	"time"

	"speckle-runner/internal/store"
	"speckle-runner/internal/store/storetest"
)

// arm gives up to when the ledger has all of a job's ticks.
func arm(t *testing.T, s *store.Store, schedule string, since time.Time) time.Time {
	t.Helper()
	recorded, err := s.Arm(t.Context(), []store.Armed{
		{Job: "other", Schedule: "@daily", Since: at(0)}, {Job: "job", Schedule: schedule, Since: since, Settled: true},
	})
	if err != nil || len(recorded) != 2 || recorded["job"].Unsettled != "" {
		t.Fatal(recorded, err)
	}
	return recorded["job"].Upto
}

// A job that follows another schedule than the ledger knows isn't armed before
// the ticks of that one are settled.
func TestArmKeepsWhatIsNotSettled(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		s := open(t, dsn)
		arm(t, s, "@hourly", at(0))
		enqueue(t, s, due("job", at(60)))
		ask := func(a store.Armed) store.Standing {
			t.Helper()
			a.Job = "job"
			found, err := s.Arm(t.Context(), []store.Armed{a, {Job: "third", Schedule: "@daily", Since: at(1)}})
			if err != nil || !found["third"].Upto.Equal(at(1)) {
				t.Fatal(found, err)
			}
			return found["job"]
		}
		for range 2 { // it is asked again after a crash
			if got := ask(store.Armed{Schedule: "@daily", Since: at(100)}); got != (store.Standing{Upto: at(60), Unsettled: "@hourly"}) {
				t.Errorf("%+v", got)
			}
		}
		if got := ask(store.Armed{Schedule: "@daily", Since: at(100), Settled: true}); got != (store.Standing{Upto: at(100)}) {
			t.Errorf("settled: %+v", got)
		}
		if got := ask(store.Armed{Schedule: "@daily", Since: at(90)}); got != (store.Standing{Upto: at(100)}) {
			t.Errorf("the same again: %+v", got)
		}
		if got := ask(store.Armed{Schedule: "@daily", Since: at(200), Moved: true}); got != (store.Standing{Upto: at(200)}) {
			t.Errorf("a since that was wrong: %+v", got)
		}
	})
}

func TestArmKnowsWhatWasRecorded(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		s := open(t, dsn)
		// A run by hand makes the job known, not its schedule.
		if _, err := s.Enqueue(t.Context(), []store.Due{{Job: "job", Tick: at(-5), Trigger: store.API}}); err != nil {
			t.Fatal(err)
		}
		steps := []struct {
			what     string
			before   func()
			schedule string
			since    time.Time
			want     time.Time
		}{
			{"a new job", func() {}, "@hourly", at(0), at(0)},
			{"the same, later", func() {}, "@hourly", at(9), at(0)},
			{"its tick came", func() { enqueue(t, s, due("job", at(60))) }, "@hourly", at(61), at(60)},
			{"a tick was missed", func() { recordMissed(t, s, at(120)) }, "@hourly", at(121), at(120)},
			{"a run by hand is no tick", func() {
				enqueue(t, s, store.Due{Job: "job", Tick: at(130), Trigger: store.Manual})
			}, "@hourly", at(131), at(120)},
			{"another schedule", func() {}, "@daily", at(140), at(140)},
			{"disabled", func() {}, "", at(150), at(150)},
			{"enabled again", func() {}, "@daily", at(160), at(160)},
		}
		for _, step := range steps {
			step.before()
			if got := arm(t, s, step.schedule, step.since); !got.Equal(step.want) {
				t.Errorf("%s: %s, want %s", step.what, got, step.want)
			}
		}
		if got := arm(t, open(t, dsn), "@daily", at(200)); !got.Equal(at(160)) {
			t.Errorf("another process: %s", got)
		}
	})
}

// While nodes take a new job file one after the other, one that still has the old one writes
// ticks of the schedule before: they say nothing of those of the new one.
func TestArmLeavesOutTicksOfAnotherSchedule(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		s := open(t, dsn)
		arm(t, s, "@hourly", at(0))
		arm(t, s, "@daily", at(30))
		old, missed := due("job", at(60)), store.End{Job: "job", Tick: at(70), Trigger: store.CatchUp, State: store.Missed, Schedule: "@hourly"}
		old.Schedule = "@hourly"
		enqueue(t, s, old)
		if _, err := s.Record(t.Context(), []store.End{missed}); err != nil {
			t.Fatal(err)
		}
		if got := arm(t, s, "@daily", at(80)); !got.Equal(at(30)) {
			t.Errorf("after ticks of the schedule before: %s, want %s", got, at(30))
		}
		tick := due("job", at(50))
		tick.Schedule = "@daily"
		enqueue(t, s, tick)
		if got := arm(t, s, "@daily", at(80)); !got.Equal(at(50)) {
			t.Errorf("after its own: %s, want %s", got, at(50))
		}
	})
}

// Of two nodes, of which one has a new job file, the other may be in time with a tick that
// the first took for missed: it knows the schedule alone.
func TestATickInTimeIsDueWhateverANodeWithAnotherFileSaid(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		s := open(t, dsn)
		record := func(at time.Time, generation string) {
			t.Helper()
			end := store.End{Job: "job", Tick: at, Trigger: store.CatchUp, State: store.Missed, Schedule: "@hourly", Generation: generation}
			if _, err := s.Record(t.Context(), []store.End{end}); err != nil {
				t.Fatal(err)
			}
		}
		record(at(0), "new")
		record(at(60), "old")
		for _, c := range []struct {
			what string
			due  store.Due
			want bool
		}{
			{"caught up", store.Due{Tick: at(0), Trigger: store.CatchUp, Schedule: "@hourly", Generation: "old"}, false},
			{"of another schedule", store.Due{Tick: at(0), Trigger: store.Schedule, Schedule: "@daily", Generation: "old"}, false},
			{"in time", store.Due{Tick: at(0), Trigger: store.Schedule, Schedule: "@hourly", Generation: "old"}, true},
			{"once more", store.Due{Tick: at(0), Trigger: store.Schedule, Schedule: "@hourly", Generation: "older"}, false},
			{"missed by a node with this file", store.Due{Tick: at(60), Trigger: store.Schedule, Schedule: "@hourly", Generation: "old"}, false},
		} {
			c.due.Job = "job"
			if fresh := enqueue(t, s, c.due); fresh[0] != c.want {
				t.Errorf("%s: new is %v", c.what, fresh[0])
			}
		}
	})
}

func recordMissed(t *testing.T, s *store.Store, tick time.Time) {
	t.Helper()
	if _, err := s.Record(t.Context(), []store.End{{Job: "job", Tick: tick, Trigger: store.CatchUp, State: store.Missed}}); err != nil {
		t.Fatal(err)
	}
}
