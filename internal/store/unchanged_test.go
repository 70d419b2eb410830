package store_test

import (
	"slices"
	"testing"

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
