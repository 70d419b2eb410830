package arrivals_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"speckle-runner/internal/arrivals"
	"speckle-runner/internal/jobs"
	"speckle-runner/internal/store"
	"speckle-runner/internal/store/storetest"
)

// startNode looks with a ledger that is a database, and ends with the test.
func startNode(t *testing.T, dsn string, s *server, f *jobs.File) (ledger *store.Store, stop func()) {
	t.Helper()
	ledger, err := store.Open(t.Context(), dsn, store.Options{Node: "node"})
	if err != nil {
		t.Fatal(err)
	}
	a := arrivals.New(arrivals.Options{Ledger: arrivals.LedgerOf(ledger), Log: zerolog.New(zerolog.NewTestWriter(t)).Level(zerolog.WarnLevel),
		Ask: s.ask})
	a.Apply(f)
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { a.Run(ctx) })
	stop = sync.OnceFunc(func() {
		cancel()
		running.Wait()
		_ = ledger.Close()
	})
	t.Cleanup(stop)
	return ledger, stop
}

// TestNodesOfOneDatabase: each version has one run, whichever node finds it, and
// also while one of them is stopped.
func TestNodesOfOneDatabase(t *testing.T) {
	storetest.EachEmpty(t, func(t *testing.T, dsn string) {
		s := &server{}
		f := file(t, "job", "on_version: { project: p, every: 1s }, missed: all")
		s.publish("m", "old")
		ledger, _ := startNode(t, dsn, s, f)
		looked := func(n int) {
			t.Helper()
			s.asks()
			storetest.Until(t, "somebody looks", time.Minute, func() bool {
				s.mu.Lock()
				defer s.mu.Unlock()
				return s.asked >= n
			})
		}
		looked(2) // the first one has come through by then
		stop := func() {}
		if strings.HasPrefix(dsn, "postgres") {
			_, stop = startNode(t, dsn, s, f)
		}
		want := map[string]bool{}
		for i := range 6 {
			at := time.Now().Truncate(time.Millisecond)
			for _, name := range []string{"a", "b"} { // of one instant
				id := fmt.Sprint(name, i)
				s.publishAt(at, "m", id)
				want[id] = true
			}
			looked(1)
			if i == 3 {
				stop()
			}
		}
		var runs []store.Run
		storetest.Until(t, "all have their runs", time.Minute, func() bool {
			var err error
			if runs, err = ledger.Runs(t.Context(), store.Filter{Job: "job", Limit: 100}); err != nil {
				t.Fatal(err)
			}
			return len(runs) >= len(want)
		})
		looked(2)
		runs, err := ledger.Runs(t.Context(), store.Filter{Job: "job", Limit: 100})
		if err != nil || len(runs) != len(want) {
			t.Errorf("%d runs of %d, %v", len(runs), len(want), err)
		}
		for _, r := range runs {
			_, id, _ := strings.Cut(r.Run, "@")
			if !want[id] || r.Trigger != store.OnVersion || r.State != store.Scheduled {
				t.Errorf("%+v", r)
			}
			delete(want, id)
		}
		if len(want) > 0 {
			t.Errorf("none of %v", want)
		}
	})
}
