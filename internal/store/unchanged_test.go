package store_test

import (
	"slices"
	"testing"
	"time"

	"speckle-runner/internal/store"
	"speckle-runner/internal/store/storetest"
)

// Which outputs a run left as they were is what its last attempt says.
func TestUnchangedOutputsAreKept(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		s := open(t, dsn)
		for _, c := range []store.Outcome{
			{State: store.Failed, Unchanged: []int{1}}, {State: store.Succeeded, Unchanged: []int{2, 3}}, {State: store.Succeeded},
		} {
			claim, _, err := s.Begin(t.Context(), store.Begin{Job: "job", Tick: tick})
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Finish(t.Context(), claim, c); err != nil {
				t.Fatal(err)
			}
			if run := getRun(t, s, claim.Run); !slices.Equal(run.Unchanged, c.Unchanged) {
				t.Errorf("outputs %v are unchanged, want %v", run.Unchanged, c.Unchanged)
			}
		}
	})
}

// What a killed run had published is written down while nothing else is known of its
// files, and only of runs that are no success.
func TestFilesThatWereFound(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		s := open(t, dsn)
		good, lost := tick, tick.Add(time.Hour)
		var claims []store.Claim
		for _, at := range []time.Time{good, lost} {
			claim, _, err := s.Begin(t.Context(), store.Begin{Job: "job", Tick: at, Force: true})
			if err != nil {
				t.Fatal(err)
			}
			claims = append(claims, claim)
		}
		if err := s.Finish(t.Context(), claims[0], store.Outcome{State: store.Succeeded}); err != nil {
			t.Fatal(err)
		}
		for _, path := range []string{"first.csv", "second.csv"} {
			files := []store.File{{Path: path, Records: 3, Output: "a_{date}.csv"}}
			if err := s.NoteLateFiles(t.Context(), []store.LateFiles{
				{Job: "job", Tick: good, Attempt: 1, Files: files}, {Job: "job", Tick: lost, Attempt: 1, Files: files},
				{Job: "job", Tick: lost.Add(time.Hour), Attempt: 1, Files: files},
			}); err != nil {
				t.Fatal(err)
			}
		}
		if run := getRun(t, s, claims[0].Run); len(run.Files) != 0 {
			t.Errorf("a success: %+v", run.Files)
		}
		if run := getRun(t, s, claims[1].Run); len(run.Files) != 1 || run.Files[0].Path != "first.csv" {
			t.Errorf("a killed one: %+v", run.Files)
		}
		known, err := s.Runs(t.Context(), store.Filter{Job: "job", Output: "a_{date}.csv"})
		if err != nil || len(known) != 1 || known[0].Run != claims[1].Run {
			t.Errorf("with files: %+v, %v", known, err)
		}
		if known, err := s.Runs(t.Context(), store.Filter{Job: "job", Output: "ab{date}.csv"}); err != nil || len(known) != 0 {
			t.Errorf("with files of another output: %+v, %v", known, err)
		}
	})
}

// What files lack is said of the attempt that published them: a later one that publishes none
// leaves it as it is.
func TestLeftOutItemsAreKept(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		s := open(t, dsn)
		files := []store.File{{Path: "each/1.csv", Output: "each/{each.n}.csv"}}
		for i, c := range []struct {
			of   store.Outcome
			want bool
		}{
			{store.Outcome{State: store.Failed, LeftOut: true}, false},
			{store.Outcome{State: store.Succeeded, LeftOut: true, Files: files}, true},
			{store.Outcome{State: store.Failed}, true}, {store.Outcome{State: store.Succeeded, Files: files}, false},
		} {
			claim, _, err := s.Begin(t.Context(), store.Begin{Job: "job", Tick: tick})
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Finish(t.Context(), claim, c.of); err != nil {
				t.Fatal(err)
			}
			if run := getRun(t, s, claim.Run); run.LeftOut != c.want {
				t.Errorf("attempt %d: left out is %v, want %v", i+1, run.LeftOut, c.want)
			}
		}
	})
}

// A run of before there was a column for it says in a warning that it left items out.
func TestLeftOutItemsOfOldRuns(t *testing.T) {
	storetest.EachEmpty(t, func(t *testing.T, dsn string) {
		s := open(t, dsn)
		if err := s.Age(t.Context(), store.MigrationsBefore("025_left_out.sql")); err != nil {
			t.Fatal(err)
		}
		all := map[string]bool{
			`["skipped 2 of 40 items","skipped item 3 {\"n\":3}: project: not found"]`: true,
			`["for_each: short","skipped 1 of 2 items"]`:                               true,
			`["item 3: skipped 1 of 2 items","the list has 3 of 4 items"]`:             false,
			``: false,
		}
		for warnings := range all {
			if err := s.Write(t.Context(), `INSERT INTO runs (job, tick, state, via, created_at, due_at, warnings)
				VALUES ('job', $1, 'succeeded', 'manual', 1, 1, $2)`,
				int64(1+len(warnings)), warnings); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		s = open(t, dsn)
		runs, err := s.Runs(t.Context(), store.Filter{Job: "job"})
		if err != nil || len(runs) != len(all) {
			t.Fatalf("%d runs, %v", len(runs), err)
		}
		for warnings, want := range all {
			at := slices.IndexFunc(runs, func(r store.Run) bool { return r.Tick.UnixMicro() == int64(1+len(warnings)) })
			if runs[at].LeftOut != want {
				t.Errorf("%s: left out is %v, want %v", warnings, runs[at].LeftOut, want)
			}
		}
	})
}

// Files that are gone are found with their run, and not by who looks for what is there. A note of an
// attempt that another has followed is late.
func TestGoneFiles(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		s := open(t, dsn)
		run := func() store.Claim {
			claim, _, err := s.Begin(t.Context(), store.Begin{Job: "job", Tick: tick})
			if err != nil {
				t.Fatal(err)
			}
			files := []store.File{{Path: "1.csv", Output: "{n}.csv"}, {Path: "all.csv", Output: "all.csv"}}
			if err := s.Finish(t.Context(), claim, store.Outcome{State: store.Succeeded, Files: files}); err != nil {
				t.Fatal(err)
			}
			return claim
		}
		found := func(output string) int {
			runs, err := s.Runs(t.Context(), store.Filter{Job: "job", Output: output})
			if err != nil {
				t.Fatal(err)
			}
			return len(runs)
		}
		first := run()
		kept := getRun(t, s, first.Run)
		kept.Files[0].Gone = true
		note := []store.GoneFiles{{Job: "job", Tick: tick, Attempt: first.Attempt, Files: kept.Files}}
		for range 2 { // what is noted stays as it is
			if err := s.NoteGone(t.Context(), note); err != nil {
				t.Fatal(err)
			}
			if got := getRun(t, s, first.Run).Files; !slices.Equal(got, kept.Files) || found("{n}.csv") != 0 || found("all.csv") != 1 {
				t.Errorf("%+v", got)
			}
			note[0].Files = getRun(t, s, first.Run).Files
		}
		run()
		if err := s.NoteGone(t.Context(), note); err != nil {
			t.Fatal(err)
		}
		if got := getRun(t, s, first.Run).Files; got[0].Gone || found("{n}.csv") != 1 {
			t.Errorf("a late note: %+v", got)
		}
	})
}
