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
