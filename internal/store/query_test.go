package store_test

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"speckle-runner/internal/store"
	"speckle-runner/internal/store/storetest"
)

// ended writes runs of a job with the given states, a minute apart.
func ended(t *testing.T, s *store.Store, job string, from time.Time, states ...store.State) {
	t.Helper()
	for i, state := range states {
		at := from.Add(time.Duration(i) * time.Minute)
		if state == store.Missed || state == store.Skipped {
			if _, err := s.Record(t.Context(), []store.End{{Job: job, Tick: at, Trigger: store.Schedule, State: state}}); err != nil {
				t.Fatal(err)
			}
			continue
		}
		c, _, err := s.Begin(t.Context(), store.Begin{Job: job, Tick: at, Trigger: store.Schedule})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Finish(t.Context(), c, store.Outcome{State: state, Log: "log"}); err != nil {
			t.Fatal(err)
		}
	}
}

func ids(runs []store.Run) []string {
	var all []string
	for _, run := range runs {
		all = append(all, run.Run)
	}
	return all
}

func TestQueries(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		s := open(t, dsn)
		ctx := t.Context()
		ended(t, s, "a", at(0), store.Succeeded, store.Failed, store.Missed)
		ended(t, s, "b", at(5), store.Failed)
		if _, err := s.Record(ctx, []store.End{{Job: "a", Tick: at(60), Trigger: store.Backfill, State: store.Skipped}}); err != nil {
			t.Fatal(err)
		}
		for name, c := range map[string]struct {
			filter store.Filter
			want   []string
		}{
			"all":    {store.Filter{}, []string{runID("a", 60), runID("b", 5), runID("a", 2), runID("a", 1), runID("a", 0)}},
			"job":    {store.Filter{Job: "b"}, []string{runID("b", 5)}},
			"states": {store.Filter{States: []store.State{store.Failed, store.Missed}}, []string{runID("b", 5), runID("a", 2), runID("a", 1)}},
			"page":   {store.Filter{Job: "a", Before: at(60), Limit: 2}, []string{runID("a", 2), runID("a", 1)}},
			"since":  {store.Filter{Since: at(5)}, []string{runID("a", 60), runID("b", 5)}},
			"none":   {store.Filter{Job: "c"}, nil},
		} {
			runs, err := s.Runs(ctx, c.filter)
			if err != nil || runs == nil {
				t.Fatal(name, err)
			}
			if got := ids(runs); len(got) != len(c.want) {
				t.Errorf("%s: %v, want %v", name, got, c.want)
			} else {
				for i := range got {
					if got[i] != c.want[i] {
						t.Errorf("%s: %v, want %v", name, got, c.want)
						break
					}
				}
			}
		}
		if run, err := s.LastRun(ctx, "a"); err != nil || run.Run != runID("a", 1) {
			t.Errorf("LastRun %+v, %v", run, err)
		}
		if run, err := s.LastSuccess(ctx, "a", time.Time{}); err != nil || run.Run != runID("a", 0) {
			t.Errorf("LastSuccess %+v, %v", run, err)
		}
		if run, err := s.LastSuccess(ctx, "a", at(0)); err != nil || run != nil {
			t.Errorf("LastSuccess before the first %+v, %v", run, err)
		}
		latest, err := s.Latest(ctx)
		if err != nil || latest["a"].Run.Run != runID("a", 1) || latest["a"].Success.Run != runID("a", 0) || latest["b"].Success != nil {
			t.Errorf("Latest %+v, %v", latest, err)
		}
		if log := wholeOf(t, s, runID("a", 1)).Log; log != "log\n" {
			t.Errorf("log %q", log)
		}
		if _, err := s.Run(ctx, "nonsense"); err == nil {
			t.Error("nonsense is a run")
		}
	})
}

// A list that is read in pages has each run once, also where many share a tick,
// and where the run that a page ended with is gone.
func TestPagesOfTheLedger(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		s := open(t, dsn)
		for _, job := range []string{"c", "a", "b-1", "b"} {
			ended(t, s, job, at(0), store.Succeeded, store.Missed, store.Failed)
		}
		all, err := s.Runs(t.Context(), store.Filter{})
		if err != nil || len(all) != 12 {
			t.Fatalf("%d runs, %v", len(all), err)
		}
		for i, last := range all {
			got, err := s.Runs(t.Context(), store.Filter{After: store.Place{Job: last.Job, Tick: last.Tick}})
			if err != nil || !slices.Equal(ids(got), ids(all[i+1:])) {
				t.Errorf("after %s: %v, want %v; %v", last.Run, ids(got), ids(all[i+1:]), err)
			}
		}
		for name, c := range map[string]struct {
			filter store.Filter
			want   []string
		}{
			"gone":  {store.Filter{After: store.Place{Job: "bz", Tick: at(1)}, Limit: 2}, []string{runID("c", 1), runID("a", 0)}},
			"job":   {store.Filter{After: store.Place{Job: "b", Tick: at(1)}, Job: "a"}, []string{runID("a", 0)}},
			"state": {store.Filter{After: store.Place{Job: "a", Tick: at(2)}, States: []store.State{store.Failed}, Limit: 1}, []string{runID("b", 2)}},
			"end":   {store.Filter{After: store.Place{Job: "c", Tick: at(0)}}, nil},
		} {
			if got, err := s.Runs(t.Context(), c.filter); err != nil || !slices.Equal(ids(got), c.want) {
				t.Errorf("%s: %v, want %v; %v", name, ids(got), c.want, err)
			}
		}
	})
}

func TestLatestOfSome(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		s := open(t, dsn)
		for _, job := range []string{"a", "b", "c"} {
			ended(t, s, job, at(0), store.Succeeded, store.Failed, store.Missed)
		}
		ended(t, s, "bad", at(0), store.Failed)
		all, err := s.Latest(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		some, err := s.LatestOf(t.Context(), []string{"c", "a", "bad", "none"})
		if err != nil || len(some) != 3 {
			t.Fatalf("%v, %v", some, err)
		}
		for job, got := range some {
			if want := all[job]; !reflect.DeepEqual(got, want) {
				t.Errorf("%s: %+v, want %+v", job, got, want)
			}
		}
		if none, err := s.LatestOf(t.Context(), nil); err != nil || len(none) != 0 {
			t.Errorf("of none: %v, %v", none, err)
		}
	})
}

func TestRetention(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		s := open(t, dsn)
		ctx := t.Context()
		old := time.Now().Add(-100 * 24 * time.Hour).Truncate(time.Second)
		recent := time.Now().Add(-time.Hour).Truncate(time.Second)
		ended(t, s, "a", old, store.Succeeded, store.Succeeded, store.Failed, store.Missed)
		ended(t, s, "a", recent, store.Failed, store.Failed)
		ended(t, s, "yearly", old, store.Succeeded)
		ended(t, s, "owes", old, store.Succeeded, store.Succeeded)
		if err := s.Write(ctx, `INSERT INTO deliveries (id, job, tick, seq, kind, target, body, state, created_at, give_up_at, next_at)
			SELECT 'd', 'owes', min(tick), 1, 'output', 't', '', 'queued', 1, 1, 1 FROM runs WHERE job = 'owes'`); err != nil {
			t.Fatal(err)
		}
		if err := s.Write(ctx,
			`INSERT INTO run_versions (job, version, model, tick) SELECT job, 'v', 'm', tick FROM runs WHERE state = 'missed'`); err != nil {
			t.Fatal(err)
		}
		// As if they had been written when they were due.
		if err := s.Write(ctx, "UPDATE runs SET created_at = tick"); err != nil {
			t.Fatal(err)
		}
		gone, err := s.Retention(ctx, store.Keep{Age: 30 * 24 * time.Hour, FailedAge: 365 * 24 * time.Hour})
		if err != nil || gone != 2 { // a's first success (there is a newer one), and the missed one
			t.Errorf("%d went, %v", gone, err)
		}
		if _, err := s.Run(ctx, store.RunID("a", old)); err == nil {
			t.Error("the old success is still there")
		}
		if n, err := s.Count(ctx, "SELECT count(*) FROM run_versions"); n != 0 || err != nil {
			t.Errorf("%d versions of runs that went are kept, %v", n, err)
		}
		for _, kept := range []string{store.RunID("a", old.Add(time.Minute)), store.RunID("a", old.Add(2*time.Minute)),
			store.RunID("yearly", old), store.RunID("owes", old)} {
			if _, err := s.Run(ctx, kept); err != nil {
				t.Error(err)
			}
		}
		if gone, err = s.Retention(ctx, store.Keep{Count: 1}); err != nil || gone != 1 { // the old failure; young ones stay
			t.Errorf("%d went by count, %v", gone, err)
		}
		if n, err := s.Count(ctx,
			"SELECT count(*) FROM attempts WHERE NOT EXISTS (SELECT 1 FROM runs r WHERE r.job = attempts.job AND r.tick = attempts.tick)"); n != 0 ||
			err != nil {
			t.Errorf("%d attempts of nothing, %v", n, err)
		}
	})
}

// TestPruneGoesBySomebodysKeep: commands that come by prune once a day, and
// never what a serve on the same ledger keeps.
func TestPruneGoesBySomebodysKeep(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		s := open(t, dsn)
		ctx := t.Context()
		day := 24 * time.Hour
		old := time.Now().Add(-100 * day).Truncate(time.Second)
		older := func(job string) {
			t.Helper()
			ended(t, s, job, old, store.Succeeded, store.Succeeded)
			if err := s.Write(ctx, "UPDATE runs SET created_at = tick"); err != nil {
				t.Fatal(err)
			}
		}
		prune := func(want int, given store.Keep) {
			t.Helper()
			if gone, err := s.Prune(ctx, given, store.Keep{Age: 90 * day}); err != nil || gone != want {
				t.Errorf("%d went, want %d; %v", gone, want, err)
			}
		}
		nextDay := func() {
			t.Helper()
			if err := s.Write(ctx, "UPDATE pruned SET at = at - 86400000001"); err != nil {
				t.Fatal(err)
			}
		}
		older("a")
		prune(1, store.Keep{}) // by default
		older("b")
		prune(0, store.Keep{}) // not twice a day
		nextDay()
		prune(1, store.Keep{})

		older("c")
		if gone, err := s.Retention(ctx, store.Keep{Age: 365 * day}); err != nil || gone != 0 {
			t.Errorf("%d went, %v", gone, err)
		}
		nextDay()
		prune(0, store.Keep{}) // serve keeps it
		nextDay()
		prune(1, store.Keep{Age: 30 * day}) // but somebody says otherwise
	})
}

// What outputs keep is known by the runs that published it: of each output its newest
// exports, however old, and of jobs that keep none nothing.
func TestRunsOfKeptExportsStay(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		s := open(t, dsn)
		old := time.Now().Add(-100 * 24 * time.Hour).Truncate(time.Second)
		for _, job := range []string{"a", "b", "c"} {
			ended(t, s, job, old, store.Succeeded, store.Succeeded, store.Succeeded, store.Missed, store.Succeeded, store.Succeeded)
		}
		for _, of := range []string{"elsewhere", "gone"} {
			ended(t, s, of, old, store.Succeeded, store.Succeeded, store.Succeeded, store.Missed, store.Succeeded, store.Succeeded)
		}
		ended(t, s, "elsewhere", time.Now().Add(-time.Hour).Truncate(time.Second), store.Succeeded)
		const file = `[{"path":"x","records":1,"bytes":1,"sha256":"","output":"%s"}]`
		if err := s.Write(t.Context(), "UPDATE runs SET created_at = tick"); err != nil {
			t.Fatal(err)
		}
		for i, output := range []string{`50%_off!\"{date}.csv`, "50 1off!", `50%_off!\"{date}.csv`, "", `50%_off!\"{date}.csv`, "other"} {
			text := ""
			if output != "" {
				name, _ := json.Marshal(output)
				text = fmt.Sprintf(file, strings.Trim(string(name), `"`))
			}
			if err := s.Write(t.Context(), "UPDATE runs SET files = $1 WHERE tick = $2", text,
				old.Add(time.Duration(i)*time.Minute).UnixMicro()); err != nil {
				t.Fatal(err)
			}
		}
		keep := store.Keep{Age: 90 * 24 * time.Hour, Jobs: []string{"a", "b", "c"}, Exports: []store.Exports{
			{Job: "a", Output: `50%_off!\"{date}.csv`, Count: 2}, {Job: "a", Output: "other", Count: 1}, {Job: "b", Output: "other", Count: 2}}}
		// a's first two and its missed one, b's missed one, all of c's but the last; the missed one of a
		// job that another process runs, and all but the last of one that nobody does any more.
		if gone, err := s.Retention(t.Context(), keep); err != nil || gone != 3+1+5+1+5 {
			t.Errorf("%d runs went, not 15: %v", gone, err)
		}
		for job, want := range map[string]int{"a": 3, "b": 5, "c": 1, "elsewhere": 6, "gone": 1} {
			if left, err := s.Runs(t.Context(), store.Filter{Job: job}); err != nil || len(left) != want {
				t.Errorf("%s has %d runs, want %d: %v", job, len(left), want, err)
			}
		}
	})
}

// However often a job is run by hand, its last tick stays known: else a restart would take
// it for missed.
func TestTheLastTickIsKeptBehindRunsByHand(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		s := open(t, dsn)
		first := time.Now().Add(-200 * 24 * time.Hour).Truncate(time.Second)
		arm(t, s, "@yearly", first.Add(-time.Hour))
		at := func(hours int, why store.Trigger, schedule string) {
			t.Helper()
			one := store.Due{Job: "job", Tick: first.Add(time.Duration(hours) * time.Hour), Trigger: why, Schedule: schedule}
			enqueue(t, s, one)
		}
		at(0, store.Schedule, "@yearly")
		at(1, store.Schedule, "@yearly")
		at(2, store.Schedule, "@hourly") // of an older job file
		for hour := 3; hour < 9; hour++ {
			at(hour, store.API, "")
		}
		if err := s.Write(t.Context(), "UPDATE runs SET created_at = tick, state = 'succeeded', active = 0, waiting = 0"); err != nil {
			t.Fatal(err)
		}
		if gone, err := s.Retention(t.Context(), store.Keep{Age: 90 * 24 * time.Hour, Count: 2}); err != nil || gone != 7 {
			t.Errorf("%d runs went, not 7: %v", gone, err)
		}
		if got, want := arm(t, s, "@yearly", time.Now()), first.Add(time.Hour); !got.Equal(want) {
			t.Errorf("ticks are known up to %s, not %s", got, want)
		}
	})
}

func TestManyTicksAtOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		s := open(t, dsn)
		dues := make([]store.Due, 1500)
		for i := range dues {
			dues[i] = due("job", tick.Add(time.Duration(i)*time.Second))
			dues[i].Trigger = store.Backfill
		}
		for i, fresh := range enqueue(t, s, dues...) {
			if !fresh {
				t.Fatalf("tick %d is not new", i)
			}
		}
		waiting, running, err := s.Counts(t.Context())
		if err != nil || waiting != 1500 || running != 0 {
			t.Errorf("%d wait, %d run, %v", waiting, running, err)
		}
		stop, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := s.Enqueue(stop, dues[:1]); err == nil {
			t.Error("a canceled Enqueue says nothing")
		}
	})
}
