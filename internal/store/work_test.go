package store_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"testing"
	"time"

	"speckle-runner/internal/store"
	"speckle-runner/internal/store/storetest"
)

// again retries at once, up to n times.
func again(n int) func(store.Failing, time.Time) (time.Duration, bool) {
	return func(f store.Failing, _ time.Time) (time.Duration, bool) { return time.Millisecond, f.Failures <= n }
}

func id(job string) string { return store.RunID(job, tick) }

func TestAFailedRunIsTriedAgain(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		s := open(t, dsn)
		var mu sync.Mutex
		var seen []store.Claim
		var events []store.Event
		work(t, s, store.WorkOptions{
			Retry: again(2),
			Handler: func(_ context.Context, c store.Claim) store.Outcome {
				mu.Lock()
				defer mu.Unlock()
				seen = append(seen, c)
				if c.Job == "broken" || c.Attempt < 3 {
					return store.Outcome{State: store.Failed, Error: fmt.Sprintf("try %d", c.Attempt), Log: fmt.Sprintf("log %d", c.Attempt)}
				}
				return store.Outcome{State: store.Succeeded}
			},
			Observe: func(e store.Event) { mu.Lock(); defer mu.Unlock(); events = append(events, e) },
		})
		enqueue(t, s, due("flaky", tick), due("broken", tick))
		if run := awaitState(t, s, id("flaky"), store.Succeeded); run.Attempt != 3 || run.Error != "" {
			t.Errorf("flaky: %+v", run)
		}
		if run := awaitState(t, s, id("broken"), store.Failed); run.Attempt != 3 || run.Error != "try 3" {
			t.Errorf("broken: %+v", run)
		}
		broken := wholeOf(t, s, id("broken"))
		attempts := broken.Attempts
		if len(attempts) != 3 || attempts[0].State != store.Failed || attempts[0].Error != "try 1" || attempts[1].Log != "log 2" {
			t.Errorf("attempts %+v", attempts)
		}
		if !strings.Contains(broken.Log, "--- attempt 2: failed try 2\nlog 2\n") {
			t.Errorf("log %q", broken.Log)
		}
		storetest.Until(t, "six ends are observed", 45*time.Second, func() bool { mu.Lock(); defer mu.Unlock(); return len(events) == 6 })
		final := 0
		for _, e := range events {
			if e.Final {
				final++
			}
		}
		if final != 2 {
			t.Errorf("%d final ends in %+v", final, events)
		}
		if left, err := s.Count(t.Context(), "SELECT count(*) FROM river_job"); left != 0 || err != nil {
			t.Errorf("%d rows are left in the queue, %v", left, err)
		}
	})
}

func TestAnOutcomeCanForbidRetries(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		s := open(t, dsn)
		work(t, s, store.WorkOptions{Retry: again(5), Handler: func(context.Context, store.Claim) store.Outcome {
			return store.Outcome{State: store.Failed, Error: "the mutation may have happened", Final: true}
		}})
		enqueue(t, s, due("mutation", tick))
		if run := awaitState(t, s, id("mutation"), store.Failed); run.Attempt != 1 {
			t.Errorf("%d attempts", run.Attempt)
		}
	})
}

func TestPanicsAreFailures(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		s := open(t, dsn)
		work(t, s, store.WorkOptions{Handler: func(context.Context, store.Claim) store.Outcome {
			panic("token 0123456789abcdef0123456789abcdef0123456789 in it")
		}})
		enqueue(t, s, due("panics", tick))
		run := awaitState(t, s, id("panics"), store.Failed)
		if !strings.HasPrefix(run.Error, "panic: token") || strings.Contains(run.Error, "abcdef0123456789abcdef") {
			t.Errorf("panics: %q", run.Error)
		}
		if log := wholeOf(t, s, run.Run).Log; !strings.Contains(log, "work_test.go") || strings.Contains(log, "abcdef0123456789abcdef") {
			t.Errorf("log %q", log)
		}
	})
}

func TestParallelRunsAreCapped(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		s := open(t, dsn, store.FastLeases)
		var mu sync.Mutex
		now, most := map[string]int{}, map[string]int{}
		peak := 0
		full := make(chan struct{})
		work(t, s, store.WorkOptions{Parallel: 4, PerServer: 2, Handler: func(ctx context.Context, c store.Claim) store.Outcome {
			server, _, _ := strings.Cut(c.Job, "-")
			mu.Lock()
			now[server]++
			now["all"]++
			most[server], peak = max(most[server], now[server]), max(peak, now["all"])
			if now["all"] == 4 {
				select {
				case <-full:
				default:
					close(full)
				}
			}
			mu.Unlock()
			select {
			case <-full: // all of them can be reached at once
			case <-ctx.Done():
			}
			mu.Lock()
			defer mu.Unlock()
			now[server]--
			now["all"]--
			return store.Outcome{State: store.Succeeded}
		}})
		var dues []store.Due
		for i := range 60 {
			d := due(fmt.Sprintf("%c-%d", 'a'+i%3, i), tick)
			d.Server = fmt.Sprintf("https://%c.example.com", 'a'+i%3)
			dues = append(dues, d)
		}
		enqueue(t, s, dues...)
		for _, d := range dues {
			awaitState(t, s, id(d.Job), store.Succeeded)
		}
		mu.Lock()
		defer mu.Unlock()
		for server, n := range most {
			if n > 2 {
				t.Errorf("%d at once for server %s", n, server)
			}
		}
		if peak != 4 {
			t.Errorf("%d at once in all, want 4", peak)
		}
	})
}

// A server whose runs hang must not hold up the others'.
func TestASlowServerDoesNotBlockOthers(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		s := open(t, dsn, store.FastLeases)
		release := make(chan struct{})
		work(t, s, store.WorkOptions{Parallel: 4, PerServer: 2, Handler: func(ctx context.Context, c store.Claim) store.Outcome {
			if strings.HasPrefix(c.Job, "slow") {
				select {
				case <-release:
				case <-ctx.Done():
				}
			}
			return store.Outcome{State: store.Succeeded}
		}})
		var dues []store.Due
		for i := range 50 {
			d := due(fmt.Sprintf("slow-%d", i), tick)
			d.Server = "https://slow.example.com"
			dues = append(dues, d)
		}
		quick := due("quick", tick)
		quick.Server = "https://quick.example.com"
		enqueue(t, s, append(dues, quick)...)
		awaitState(t, s, id("quick"), store.Succeeded)
		close(release)
		for _, d := range dues {
			awaitState(t, s, id(d.Job), store.Succeeded)
		}
	})
}

func TestASpreadTickWaits(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		s := open(t, dsn)
		started := make(chan time.Time, 2)
		work(t, s, store.WorkOptions{Handler: func(context.Context, store.Claim) store.Outcome {
			started <- time.Now()
			return store.Outcome{State: store.Succeeded}
		}})
		began := time.Now()
		late := due("spread", tick)
		late.Delay = 150 * time.Millisecond
		enqueue(t, s, late)
		if waited := (<-started).Sub(began); waited < late.Delay {
			t.Errorf("started after %s", waited)
		}
		awaitState(t, s, id("spread"), store.Succeeded)
	})
}

func TestCancel(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		s := open(t, dsn, store.FastLeases)
		other := open(t, dsn, store.FastLeases)
		started := make(chan string, 2)
		work(t, s, store.WorkOptions{Parallel: 2, Retry: again(3), Handler: func(ctx context.Context, c store.Claim) store.Outcome {
			started <- c.Job
			<-ctx.Done()
			return store.Outcome{State: store.Failed, Error: "unfinished"}
		}})
		enqueue(t, s, due("here", tick), due("there", tick))
		<-started
		<-started
		enqueue(t, s, due("waits", tick))
		if err := s.Cancel(t.Context(), id("here")); err != nil {
			t.Fatal(err)
		}
		if err := other.Cancel(t.Context(), id("waits")); err != nil {
			t.Fatal(err)
		}
		if err := other.Cancel(t.Context(), id("there")); err != nil {
			t.Fatal(err)
		}
		for _, job := range []string{"here", "there", "waits"} {
			if run := awaitState(t, s, id(job), store.Canceled); job != "waits" && run.Attempt != 1 {
				t.Errorf("%s: %+v", job, run)
			}
		}
		if err := s.Cancel(t.Context(), id("here")); !errors.Is(err, store.ErrEnded) {
			t.Errorf("an ended run: %v", err)
		}
		if err := s.Cancel(t.Context(), id("nobody")); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("an unknown run: %v", err)
		}
	})
}

// TestNothingBeginsOnceWorkWasAskedToStop: a run that a fetch under way still brings goes back,
// though there is a slot for it.
func TestNothingBeginsOnceWorkWasAskedToStop(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		s := open(t, dsn, store.FastLeases)
		enqueue(t, s, due("late", tick))
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		done := make(chan error, 1)
		go func() {
			done <- s.WorkStopped(ctx, store.WorkOptions{Parallel: 2, Handler: func(context.Context, store.Claim) store.Outcome {
				t.Error("a run was begun")
				return store.Outcome{State: store.Succeeded}
			}})
		}()
		storetest.Until(t, "the run was claimed", time.Minute, func() bool {
			n, err := s.Count(ctx, "SELECT claim FROM runs WHERE job = 'late'")
			return err == nil && n > 0
		})
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if run := getRun(t, s, id("late")); run.State != store.Scheduled || run.Attempt != 0 {
			t.Errorf("after the stop: %+v", run)
		}
	})
}

func TestShutdownInterruptsAndTheNextStartGoesOn(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		s := open(t, dsn, store.FastLeases)
		started := make(chan string, 3)
		causes := make(chan error, 3)
		stop := work(t, s, store.WorkOptions{Parallel: 2, Drain: 50 * time.Millisecond,
			Handler: func(ctx context.Context, c store.Claim) store.Outcome {
				started <- c.Job
				if c.Job == "quick" {
					return store.Outcome{State: store.Succeeded}
				}
				<-ctx.Done()
				causes <- context.Cause(ctx)
				return store.Outcome{State: store.Failed, Error: "cut off"}
			}})
		enqueue(t, s, due("long-1", tick), due("long-2", tick))
		<-started
		<-started
		enqueue(t, s, due("quick", tick))
		stop()
		for range 2 {
			if err := <-causes; !errors.Is(err, store.ErrShutdown) {
				t.Errorf("cause %v", err)
			}
		}
		for _, job := range []string{"long-1", "long-2"} {
			if run := getRun(t, s, id(job)); run.State != store.Scheduled || run.Attempt != 1 {
				t.Errorf("%s after the stop: %+v", job, run)
			}
		}
		if run := getRun(t, s, id("quick")); run.State != store.Scheduled || run.Attempt != 0 {
			t.Errorf("quick was begun while draining: %+v", run)
		}
		_ = s.Close()
		next := open(t, dsn)
		work(t, next, store.WorkOptions{Handler: func(context.Context, store.Claim) store.Outcome {
			return store.Outcome{State: store.Succeeded}
		}})
		for job, attempt := range map[string]int{"long-1": 2, "long-2": 2, "quick": 1} {
			if run := awaitState(t, next, id(job), store.Succeeded); run.Attempt != attempt {
				t.Errorf("%s: attempt %d", job, run.Attempt)
			}
		}
		if attempts := wholeOf(t, next, id("long-1")).Attempts; len(attempts) != 2 || attempts[0].State != store.Interrupted {
			t.Errorf("attempts %+v", attempts)
		}
	})
}
