package store_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"speckle-runner/internal/store"
	"speckle-runner/internal/store/storetest"
)

// Two nodes with one ledger both run what is due, and none of it twice.
func TestTwoNodesShareTheWork(t *testing.T) {
	dsn := storetest.Postgres(t)
	const parallel = 4
	var both sync.WaitGroup // until each node has filled its places: one alone doesn't get further
	both.Add(2 * parallel)
	var seen sync.Map
	for range 2 {
		s := open(t, dsn)
		var places atomic.Int64
		work(t, s, store.WorkOptions{Parallel: parallel, Handler: func(_ context.Context, c store.Claim) store.Outcome {
			if _, twice := seen.LoadOrStore(c.Run, true); twice {
				t.Errorf("%s ran twice", c.Run)
			}
			if places.Add(1) <= parallel {
				both.Done()
				both.Wait()
			}
			return store.Outcome{State: store.Succeeded}
		}})
	}
	s := open(t, dsn)
	dues := make([]store.Due, 500)
	for i := range dues {
		dues[i] = due(fmt.Sprintf("job-%d", i), tick)
	}
	enqueue(t, s, dues...)
	for _, d := range dues {
		awaitState(t, s, id(d.Job), store.Succeeded)
	}
}

// What was fetched ahead because runs were short goes back when they are not:
// another node may have room.
func TestWhatWasFetchedAheadIsGivenBack(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		s := open(t, dsn, store.FastLeases)
		release := make(chan struct{})
		work(t, s, store.WorkOptions{Parallel: 2, Handler: func(ctx context.Context, c store.Claim) store.Outcome {
			if strings.HasPrefix(c.Job, "z-long") {
				select {
				case <-release:
				case <-ctx.Done():
				}
			}
			return store.Outcome{State: store.Succeeded}
		}})
		var dues []store.Due
		for i := range 100 {
			name := fmt.Sprintf("a-short-%d", i)
			if i >= 50 {
				name = fmt.Sprintf("z-long-%d", i)
			}
			dues = append(dues, due(name, tick))
		}
		enqueue(t, s, dues...)
		// A long one may have come before the last short ones.
		storetest.Until(t, "only the two that run are claimed", 45*time.Second, func() bool {
			long, err := s.Count(t.Context(), "SELECT count(*) FROM runs WHERE state = 'running' AND job LIKE 'z-long%'")
			claimed, err2 := s.Count(t.Context(), "SELECT count(*) FROM runs WHERE state = 'running'")
			return err == nil && err2 == nil && long == 2 && claimed == 2
		})
		close(release)
		for _, d := range dues {
			if run := awaitState(t, s, id(d.Job), store.Succeeded); run.Attempt != 1 {
				t.Errorf("%s: attempt %d", run.Run, run.Attempt)
			}
		}
	})
}

// While a living node has another job file, which may have the job, its ticks are left to that
// node for longer.
func TestRunsOfJobsThatAnotherFileMayHave(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		if strings.HasPrefix(dsn, "sqlite:") {
			return // of a file there is one serve
		}
		asked := make(chan string, 1000)
		works := func(file string) *store.Store {
			s := open(t, dsn, store.FastLeases)
			work(t, s, store.WorkOptions{JobFile: func() string { return file }, Handler: owing(),
				Known: func(job string) bool { asked <- job; return false }})
			return s
		}
		s := works("a")
		works("b")
		storetest.Until(t, "both nodes have told theirs", time.Minute, func() bool {
			n, err := s.Count(t.Context(), "SELECT count(*) FROM node_lease WHERE serve = 1 AND job_file IN ('a', 'b')")
			return err == nil && n == 2
		})
		ages := func(minutes int) {
			t.Helper()
			long := time.Now().Add(-time.Duration(minutes) * time.Minute).UnixMicro()
			if err := s.Write(t.Context(), "UPDATE runs SET due_at = $1", long); err != nil {
				t.Fatal(err)
			}
		}
		enqueue(t, s, due("job", tick))
		ages(10)
		for len(asked) > 0 {
			<-asked
		}
		storetest.Until(t, "it was looked at", time.Minute, func() bool { // which asks twice at most, and is over when the next look asks
			return len(asked) >= 4 || getRun(t, s, id("job")).State != store.Scheduled
		})
		if run := getRun(t, s, id("job")); run.State != store.Scheduled {
			t.Errorf("after ten minutes: %+v", run)
		}
		ages(16)
		if run := awaitState(t, s, id("job"), store.Canceled); !strings.Contains(run.Error, "job file") {
			t.Errorf("after sixteen minutes: %+v", run)
		}
	})
}

// A tick of a job that only another node's job file has waits for that node;
// one that no file has any more ends.
func TestRunsOfUnknownJobs(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		s := open(t, dsn, store.FastLeases)
		var knows atomic.Bool
		asked := make(chan string, 100)
		work(t, s, store.WorkOptions{
			Known:   func(job string) bool { asked <- job; return knows.Load() && job == "new" },
			Handler: func(context.Context, store.Claim) store.Outcome { return store.Outcome{State: store.Succeeded} },
		})
		enqueue(t, s, due("new", tick))
		<-asked
		if run := getRun(t, s, id("new")); run.State != store.Scheduled || run.Attempt != 0 {
			t.Errorf("%+v", run)
		}
		knows.Store(true)
		if run := awaitState(t, s, id("new"), store.Succeeded); run.Attempt != 1 {
			t.Errorf("%+v", run)
		}
		enqueue(t, s, due("gone", tick))
		if err := s.Write(t.Context(), "UPDATE runs SET due_at = 1 WHERE job = 'gone'"); err != nil {
			t.Fatal(err)
		}
		if run := awaitState(t, s, id("gone"), store.Canceled); !strings.Contains(run.Error, "job file") {
			t.Errorf("%+v", run)
		}
		if left, err := s.Count(t.Context(), "SELECT count(*) FROM river_job"); left != 0 || err != nil {
			t.Errorf("%d rows are left in the queue, %v", left, err)
		}
	})
}
