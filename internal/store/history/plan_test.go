package history_test

import (
	"strings"
	"testing"
	"time"

	"speckle-runner/internal/store/history"
	"speckle-runner/internal/store/storetest"
)

// TestRareRunsAreFoundAmongMany: who asks for what failed in a year, or for what runs now,
// doesn't wait until all good runs were read.
func TestRareRunsAreFoundAmongMany(t *testing.T) {
	t.Parallel()
	plan := storetest.Plans(t)
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
			steps := plan(statement, values...)
			if !strings.Contains(steps[0], index) {
				t.Errorf("%s\n%v\nis answered by %q, want %s", statement, values, steps, index)
			}
		}
	}
}

// TestTriesAreFoundByTheirRun: who looks at one run doesn't wait for those of all others.
func TestTriesAreFoundByTheirRun(t *testing.T) {
	t.Parallel()
	for _, step := range storetest.Plans(t)(history.SelectTries, "job", int64(1)) {
		if strings.HasPrefix(step, "SCAN tries") || strings.HasPrefix(step, "SCAN deliveries") {
			t.Errorf("%s\nis answered by %q", history.SelectTries, step)
		}
	}
}
