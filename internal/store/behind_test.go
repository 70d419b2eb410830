package store_test

import (
	"strings"
	"testing"
	"time"

	"speckle-runner/internal/store"
	"speckle-runner/internal/store/storetest"
)

// Where more is due than can be done, ticks wait in the queue. What came due behind one that waits ends
// when that one begins, as if it had been running already.
func TestWhatComesDueBehindAWaitingTick(t *testing.T) {
	const begun, waits = store.Running, store.Scheduled
	for policy, want := range map[store.Overlap][]store.State{
		store.OverlapSkip:    {begun, store.Skipped, store.Skipped, store.Skipped},
		store.OverlapQueue:   {begun, waits, store.Skipped, store.Skipped},
		store.OverlapReplace: {begun, store.Canceled, store.Canceled, waits},
	} {
		t.Run(string(policy), func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, dsn string) {
				g := newGate()
				s := busy(t, dsn, g, policy)
				for i := range want {
					tick := due("job", at(i))
					if i > 0 {
						tick.Delay = time.Hour // far behind in the queue: none of them is fetched
					}
					enqueue(t, s, tick)
				}
				wait(t, s, "job", 2*time.Hour)
				g.release <- store.Succeeded // of what kept the node busy
				if c := <-g.started; c.Run != runID("job", 0) {
					t.Fatalf("%s runs, want the job's first", c.Run)
				}
				for i, state := range want {
					run := awaitState(t, s, runID("job", i), state)
					if state == begun || state == waits {
						continue
					}
					if !strings.Contains(run.Error, "run job-") || run.Attempt != 0 || len(run.Deliveries) != 1 ||
						run.Deliveries[0].Target != "on "+string(state) {
						t.Errorf("%+v", run)
					}
				}
				g.release <- store.Succeeded
				awaitState(t, s, runID("job", 0), store.Succeeded)
			})
		})
	}
}

// A job that is due all the time on a node that is busy runs once for all that waited, and leaves nothing.
func TestAQueueOfOneJobIsOneRun(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		g := newGate()
		s := busy(t, dsn, g, store.OverlapSkip)
		for i := range 20 {
			enqueue(t, s, due("job", at(i)))
		}
		enqueue(t, s, due("next", at(0)))
		wait(t, s, "job", 2*time.Second)
		g.release <- store.Succeeded
		if c := <-g.started; c.Run != runID("job", 0) {
			t.Fatalf("%s runs, want the job's first", c.Run)
		}
		for i := range 19 {
			awaitState(t, s, runID("job", i+1), store.Skipped)
		}
		if ran := restRuns(t, g); len(ran) != 1 {
			t.Errorf("%v ran", ran)
		}
		storetest.Until(t, "the queue lets go of all", 45*time.Second, func() bool {
			n, err := s.Count(t.Context(), "SELECT count(*) FROM river_job WHERE args->>'job' IS NOT NULL")
			return err == nil && n == 0
		})
	})
}

// What somebody asked for, what is caught up, and what isn't due yet waits behind nothing.
func TestWhatIsNoDueTickIsNotPassedOver(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		g := newGate()
		s := busy(t, dsn, g, store.OverlapSkip)
		later := []store.Due{{Job: "job", Tick: at(1), Trigger: store.API}, {Job: "job", Tick: at(2), Trigger: store.CatchUp}, due("job", at(3))}
		for i := range later {
			later[i].Delay = time.Hour // far behind in the queue: none of them is fetched
		}
		enqueue(t, s, due("job", at(0)))
		enqueue(t, s, later[:2]...)
		wait(t, s, "job", 2*time.Hour)
		enqueue(t, s, later[2])
		g.release <- store.Succeeded
		if c := <-g.started; c.Run != runID("job", 0) {
			t.Fatalf("%s runs", c.Run)
		}
		for i := range later {
			if run := getRun(t, s, runID("job", i+1)); run.State != store.Scheduled {
				t.Errorf("%+v", run)
			}
		}
		g.release <- store.Succeeded
		awaitState(t, s, runID("job", 0), store.Succeeded)
	})
}

// busy is a node that can do one run at a time, and does one.
func busy(t *testing.T, dsn string, g *gate, policy store.Overlap) *store.Store {
	t.Helper()
	s := open(t, dsn, store.FastLeases)
	work(t, s, store.WorkOptions{Handler: g.handle, Parallel: 1, Overlap: always(policy), Ended: func(e store.End) []store.NewDelivery {
		return []store.NewDelivery{{Kind: "notify", Target: "on " + string(e.State)}}
	}})
	enqueue(t, s, due("busy", at(0)))
	<-g.started
	return s
}

// wait makes a job's ticks have waited so long.
func wait(t *testing.T, s *store.Store, job string, length time.Duration) {
	t.Helper()
	if err := s.Write(t.Context(), "UPDATE runs SET due_at = due_at - $1 WHERE job = $2", length.Microseconds(), job); err != nil {
		t.Fatal(err)
	}
}

// restRuns lets a run end, and all after it up to the one that is the last in the queue.
func restRuns(t *testing.T, g *gate) (ran []string) {
	t.Helper()
	for {
		g.release <- store.Succeeded
		c := <-g.started
		ran = append(ran, c.Run)
		if c.Job == "next" {
			g.release <- store.Succeeded
			return ran
		}
	}
}
