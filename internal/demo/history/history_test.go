package history_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/rs/zerolog"

	example "speckle-runner"
	"speckle-runner/internal/demo/history"
	"speckle-runner/internal/jobs"
	"speckle-runner/internal/store"
)

func TestAPastIsMadeUpOnce(t *testing.T) {
	file, problems := jobs.Load("jobs.yaml", example.Examples, nil)
	if file == nil {
		t.Fatal(problems)
	}
	st, err := store.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "runner.db"), store.Options{Log: zerolog.Nop()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	now := time.Date(2026, 3, 20, 12, 0, 0, 0, time.UTC)
	if err := history.Write(t.Context(), st, file.Jobs, now); err != nil {
		t.Fatal(err)
	}
	runs, err := st.Runs(t.Context(), store.Filter{Limit: 10_000})
	if err != nil {
		t.Fatal(err)
	}
	states := map[store.State]int{}
	for _, run := range runs {
		states[run.State]++
		if !run.Tick.Before(now) || run.FinishedAt == nil || run.Owes() {
			t.Errorf("%+v", run)
		}
		if run.State == store.Succeeded && len(run.Files)+len(run.Deliveries) == 0 {
			t.Errorf("%s has nothing to show", run.Run)
		}
	}
	if states[store.Succeeded] < 300 || states[store.Failed] == 0 || states[store.Missed] == 0 {
		t.Errorf("%v", states)
	}
	stands, err := st.Standings(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, job := range file.Jobs {
		if stands[job.Name].State != store.Succeeded {
			t.Errorf("%s stands at %q", job.Name, stands[job.Name].State)
		}
	}
	if err := history.Write(t.Context(), st, file.Jobs, now); err == nil {
		t.Error("a ledger with runs took made-up ones")
	}
}
