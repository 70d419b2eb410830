package store_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"speckle-runner/internal/store"
	"speckle-runner/internal/store/storetest"
)

// gate is a handler whose runs wait to be let go.
type gate struct {
	started chan store.Claim
	release chan store.State
}

func newGate() *gate {
	return &gate{started: make(chan store.Claim, 100), release: make(chan store.State)}
}

func (g *gate) handle(ctx context.Context, c store.Claim) store.Outcome {
	g.started <- c
	select {
	case state := <-g.release:
		return store.Outcome{State: state}
	case <-ctx.Done():
		return store.Outcome{State: store.Failed, Error: context.Cause(ctx).Error()}
	}
}

func always(policy store.Overlap) func(string) store.Overlap {
	return func(string) store.Overlap { return policy }
}

func runID(job string, minutes int) string { return store.RunID(job, at(minutes)) }

func at(minutes int) time.Time { return tick.Add(time.Duration(minutes) * time.Minute) }

// nodes gives one store on SQLite and two on PostgreSQL, all of them working:
// what holds for one node must hold across them.
func nodes(t *testing.T, dsn string, o store.WorkOptions) *store.Store {
	t.Helper()
	n := 1
	if strings.HasPrefix(dsn, "postgres") {
		n = 2
	}
	var s *store.Store
	for range n {
		s = open(t, dsn, store.FastLeases)
		work(t, s, o)
	}
	return s
}

func TestOverlapSkip(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		g := newGate()
		s := nodes(t, dsn, store.WorkOptions{Handler: g.handle, Ended: func(e store.End) []store.NewDelivery {
			return []store.NewDelivery{{Kind: "notify", Target: "on " + string(e.State)}}
		}})
		enqueue(t, s, due("job", at(0)), due("other", at(0)))
		<-g.started
		<-g.started
		enqueue(t, s, due("job", at(1)))
		run := awaitState(t, s, runID("job", 1), store.Skipped)
		if !strings.Contains(run.Error, runID("job", 0)) || run.Attempt != 0 || len(run.Deliveries) != 1 ||
			run.Deliveries[0].Target != "on skipped" {
			t.Errorf("%+v", run)
		}
		g.release <- store.Succeeded
		g.release <- store.Succeeded
		awaitState(t, s, runID("job", 0), store.Succeeded)
		enqueue(t, s, due("job", at(2)))
		g.release <- store.Succeeded
		awaitState(t, s, runID("job", 2), store.Succeeded)
	})
}

func TestOverlapQueue(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		g := newGate()
		s := nodes(t, dsn, store.WorkOptions{Handler: g.handle, Overlap: always(store.OverlapQueue)})
		enqueue(t, s, due("job", at(0)))
		<-g.started
		enqueue(t, s, due("job", at(1)))
		storetest.Until(t, "the second waits", 45*time.Second, func() bool {
			n, err := s.Count(t.Context(), "SELECT count(*) FROM runs WHERE waiting = 1")
			return err == nil && n == 1
		})
		enqueue(t, s, due("job", at(2)))
		if run := awaitState(t, s, runID("job", 2), store.Skipped); !strings.Contains(run.Error, "waits already") {
			t.Errorf("%+v", run)
		}
		g.release <- store.Failed
		if c := <-g.started; c.Run != runID("job", 1) {
			t.Errorf("%s runs next", c.Run)
		}
		g.release <- store.Succeeded
		awaitState(t, s, runID("job", 1), store.Succeeded)
	})
}

func TestOverlapReplace(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		g := newGate()
		s := nodes(t, dsn, store.WorkOptions{Handler: g.handle, Overlap: always(store.OverlapReplace), Retry: again(3)})
		for i := range 3 {
			enqueue(t, s, due("job", at(i)))
			if c := <-g.started; c.Run != runID("job", i) {
				t.Fatalf("%s runs, want the %d. one", c.Run, i)
			}
		}
		for i := range 2 {
			if run := awaitState(t, s, runID("job", i), store.Canceled); !strings.Contains(run.Error, "replaced") || run.Attempt != 1 {
				t.Errorf("%+v", run)
			}
		}
		g.release <- store.Succeeded
		awaitState(t, s, runID("job", 2), store.Succeeded)
	})
}

// Catch-up makes all ticks due at once: none may be skipped for the others.
func TestCaughtUpTicksRunOneAfterTheOther(t *testing.T) {
	for _, policy := range []store.Overlap{store.OverlapSkip, store.OverlapQueue, store.OverlapReplace} {
		t.Run(string(policy), func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, dsn string) {
				g := newGate()
				s := nodes(t, dsn, store.WorkOptions{Handler: g.handle, Overlap: always(policy)})
				var dues []store.Due
				for i := range 4 {
					dues = append(dues, store.Due{Job: "job", Tick: at(i), Trigger: store.CatchUp})
				}
				enqueue(t, s, dues...)
				for i := range dues {
					if c := <-g.started; c.Run != runID("job", i) {
						t.Errorf("%s runs as the %d. one", c.Run, i)
					}
					g.release <- store.Succeeded
				}
				awaitState(t, s, runID("job", 3), store.Succeeded)
			})
		})
	}
}

// A run between two attempts has not ended.
func TestARunBetweenAttemptsBlocksTheNext(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		g := newGate()
		s := nodes(t, dsn, store.WorkOptions{Handler: g.handle, Retry: func(f store.Failing, _ time.Time) (time.Duration, bool) {
			return 100 * time.Millisecond, f.Failures < 2
		}})
		enqueue(t, s, due("job", at(0)))
		<-g.started
		g.release <- store.Failed
		storetest.Until(t, "the first waits for its next attempt", 45*time.Second, func() bool {
			return getRun(t, s, runID("job", 0)).State != store.Running
		})
		enqueue(t, s, due("job", at(1)))
		awaitState(t, s, runID("job", 1), store.Skipped)
		if c := <-g.started; c.Run != runID("job", 0) || c.Attempt != 2 || c.Failures != 1 {
			t.Errorf("%+v", c)
		}
		g.release <- store.Succeeded
		awaitState(t, s, runID("job", 0), store.Succeeded)
	})
}

func TestBeginSeesWhatIsRunning(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		g := newGate()
		s := nodes(t, dsn, store.WorkOptions{Handler: g.handle})
		cli := open(t, dsn, store.FastLeases)
		enqueue(t, s, due("job", at(0)))
		<-g.started
		if _, _, err := cli.Begin(t.Context(), store.Begin{Job: "job"}); !errors.Is(err, store.ErrRunning) ||
			!strings.Contains(err.Error(), runID("job", 0)) {
			t.Fatalf("Begin beside a running run: %v", err)
		}
		forced, _, err := cli.Begin(t.Context(), store.Begin{Job: "job", Force: true, Tick: at(5)})
		if err != nil {
			t.Fatal(err)
		}
		g.release <- store.Succeeded
		awaitState(t, s, runID("job", 0), store.Succeeded)
		// The queue sees what runs without it, too.
		enqueue(t, s, due("job", at(1)))
		awaitState(t, s, runID("job", 1), store.Skipped)
		if err := cli.Finish(t.Context(), forced, store.Outcome{State: store.Succeeded, Records: 7}); err != nil {
			t.Fatal(err)
		}
		if run := getRun(t, s, runID("job", 5)); run.State != store.Succeeded || run.Trigger != store.Manual || run.Records != 7 {
			t.Errorf("%+v", run)
		}
	})
}

func TestBeginAgainIsAnotherAttempt(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		s := open(t, dsn)
		for attempt := 1; attempt <= 2; attempt++ {
			c, ctx, err := s.Begin(t.Context(), store.Begin{Job: "job", Tick: tick})
			if err != nil || c.Attempt != attempt || c.Run != id("job") || ctx.Err() != nil {
				t.Fatalf("%+v, %v", c, err)
			}
			if _, err := s.Hold(t.Context(), c); err != nil {
				t.Fatal(err)
			}
			if err := s.Finish(t.Context(), c, store.Outcome{State: store.Failed, Error: fmt.Sprint("try ", attempt), Log: "log"}); err != nil {
				t.Fatal(err)
			}
		}
		if attempts := wholeOf(t, s, id("job")).Attempts; len(attempts) != 2 {
			t.Errorf("%+v", attempts)
		}
		// Two that begin now are two runs, whatever the clock's grain.
		a, _, errA := s.Begin(t.Context(), store.Begin{Job: "other", Force: true})
		b, _, errB := s.Begin(t.Context(), store.Begin{Job: "other", Force: true})
		if errA != nil || errB != nil || a.Run == b.Run {
			t.Errorf("%s and %s: %v, %v", a.Run, b.Run, errA, errB)
		}
	})
}

// A tick that waits in the queue and is run by hand is not run twice.
func TestBeginTakesAQueuedTick(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		s := open(t, dsn)
		enqueue(t, s, due("job", tick))
		c, _, err := s.Begin(t.Context(), store.Begin{Job: "job", Tick: tick})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Finish(t.Context(), c, store.Outcome{State: store.Succeeded}); err != nil {
			t.Fatal(err)
		}
		work(t, s, store.WorkOptions{Handler: func(_ context.Context, c store.Claim) store.Outcome {
			if c.Job == "job" {
				t.Errorf("%s ran again", c.Run)
			}
			return store.Outcome{State: store.Succeeded}
		}})
		enqueue(t, s, due("later", tick))
		awaitState(t, s, id("later"), store.Succeeded)
		storetest.Until(t, "the queue is empty", 45*time.Second, func() bool {
			n, err := s.Count(t.Context(), "SELECT count(*) FROM river_job")
			return err == nil && n == 0
		})
	})
}

// Versions that come while another is exported wait their turn, all of them.
func TestVersionsWaitTheirTurn(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		g := newGate()
		s := nodes(t, dsn, store.WorkOptions{Handler: g.handle, Overlap: always(store.OverlapQueue)})
		for i := range 4 {
			enqueue(t, s, store.Due{Job: "job", Tick: at(i), Trigger: store.OnVersion})
		}
		for i := range 4 {
			if c := <-g.started; c.Run != runID("job", i) {
				t.Errorf("%s runs as the %d. one", c.Run, i)
			}
			g.release <- store.Succeeded
			awaitState(t, s, runID("job", i), store.Succeeded)
		}
	})
}

// With replace the newest version takes the place of the one that is exported,
// and of those that wait.
func TestANewerVersionReplaces(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		g := newGate()
		s := nodes(t, dsn, store.WorkOptions{Handler: g.handle, Overlap: always(store.OverlapReplace)})
		come := func(i int) {
			t.Helper()
			enqueue(t, s, store.Due{Job: "job", Tick: at(i), Trigger: store.OnVersion, Overtakes: true})
		}
		for _, i := range []int{1, 2} {
			come(i)
			if c := <-g.started; c.Run != runID("job", i) {
				t.Fatalf("%s runs, want the %d. one", c.Run, i)
			}
		}
		if run := awaitState(t, s, runID("job", 1), store.Canceled); !strings.Contains(run.Error, "replaced") {
			t.Errorf("%+v", run)
		}
		come(0) // found late
		if run := awaitState(t, s, runID("job", 0), store.Skipped); !strings.Contains(run.Error, "of a newer version") {
			t.Errorf("%+v", run)
		}
		g.release <- store.Succeeded
		awaitState(t, s, runID("job", 2), store.Succeeded)
	})
}
