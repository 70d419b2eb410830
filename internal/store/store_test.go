package store_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"speckle-runner/internal/store"
	"speckle-runner/internal/store/storetest"
)

// tick is a round instant for tests.
var tick = time.Date(2026, 3, 2, 2, 30, 0, 0, time.UTC)

func open(t testing.TB, dsn string, options ...func(*store.Options)) *store.Store {
	t.Helper()
	o := store.Options{Node: "node", Log: zerolog.New(zerolog.NewTestWriter(t)).Level(zerolog.WarnLevel)}
	for _, change := range options {
		change(&o)
	}
	s, err := store.Open(t.Context(), dsn, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// work starts Work and gives a function that stops it and waits.
func work(t testing.TB, s *store.Store, o store.WorkOptions) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Work(ctx, o) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("work: %v", err)
		}
	})
	t.Cleanup(stop)
	return stop
}

func due(job string, at time.Time) store.Due {
	return store.Due{Job: job, Tick: at, Trigger: store.Schedule}
}

func enqueue(t testing.TB, s *store.Store, dues ...store.Due) []bool {
	t.Helper()
	fresh, err := s.Enqueue(t.Context(), dues)
	if err != nil {
		t.Fatal(err)
	}
	return fresh
}

// wholeOf gives a run with all that the ledger has of it.
func wholeOf(t testing.TB, s *store.Store, id string) store.Whole {
	t.Helper()
	whole, err := s.Whole(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return whole
}

func getRun(t testing.TB, s *store.Store, id string) store.Run {
	t.Helper()
	run, err := s.Run(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return run
}

func awaitState(t testing.TB, s *store.Store, id string, want store.State) store.Run {
	t.Helper()
	var run store.Run
	storetest.Until(t, fmt.Sprintf("%s is %s", id, want), 45*time.Second, func() bool {
		run = getRun(t, s, id)
		return run.State == want
	})
	return run
}

func TestADueTickRuns(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		s := open(t, dsn)
		handled := make(chan store.Claim, 1)
		work(t, s, store.WorkOptions{Handler: func(_ context.Context, c store.Claim) store.Outcome {
			handled <- c
			return store.Outcome{
				State: store.Succeeded, Pages: 2, Records: 30, Bytes: 400, Log: "it went well", Warnings: []string{"one"},
				Files: []store.File{{Path: "exports/a.csv", Records: 30, Bytes: 400, SHA256: "abc"}},
			}
		}})
		if fresh := enqueue(t, s, due("nightly", tick), due("nightly", tick)); !fresh[0] || fresh[1] {
			t.Errorf("new: %v, want the first one only", fresh)
		}
		if fresh := enqueue(t, s, due("nightly", tick)); fresh[0] {
			t.Error("the same tick is new a second time")
		}
		claim := <-handled
		if claim.Run != "nightly-20260302T023000Z" || claim.Attempt != 1 || claim.Trigger != store.Schedule {
			t.Errorf("claim %+v", claim)
		}
		run := awaitState(t, s, claim.Run, store.Succeeded)
		if run.Records != 30 || run.Pages != 2 || run.Files[0].SHA256 != "abc" || run.Warnings[0] != "one" || run.StartedAt == nil ||
			run.FinishedAt == nil || run.Node != s.Node() {
			t.Errorf("run %+v", run)
		}
		if log := wholeOf(t, s, run.Run).Log; log != "it went well\n" {
			t.Errorf("log %q", log)
		}
		if fresh := enqueue(t, s, due("nightly", tick)); fresh[0] {
			t.Error("an ended tick can be enqueued again")
		}
	})
}
