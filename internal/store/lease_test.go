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

// dying starts a run on a node of its own that then stops beating, as a node
// does that was killed or cut off, and gives the run's claim. finish lets its
// handler return, as a node does that was only paused.
func dying(t *testing.T, dsn, job string) (node *store.Store, c store.Claim, finish func()) {
	t.Helper()
	node = open(t, dsn, store.FastLeases)
	started, wake := make(chan store.Claim, 1), make(chan struct{})
	work(t, node, store.WorkOptions{Handler: func(ctx context.Context, c store.Claim) store.Outcome {
		started <- c
		select {
		case <-wake:
		case <-ctx.Done():
		}
		return store.Outcome{State: store.Succeeded, Records: 999}
	}})
	enqueue(t, node, due(job, tick))
	c = <-started
	node.Die()
	if err := node.Expire(t.Context(), node.Node()); err != nil {
		t.Fatal(err)
	}
	return node, c, func() { close(wake) }
}

func TestALostNodesRunGoesOnElsewhere(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		lost, c, finish := dying(t, dsn, "job")
		if _, err := lost.Hold(t.Context(), c); err != nil {
			t.Errorf("nobody has taken the run yet: %v", err)
		}
		if err := lost.Expire(t.Context(), lost.Node()); err != nil { // Hold renewed it
			t.Fatal(err)
		}
		s := open(t, dsn, store.FastLeases)
		attempts := make(chan store.Claim, 1)
		work(t, s, store.WorkOptions{Handler: func(_ context.Context, c store.Claim) store.Outcome {
			attempts <- c
			return store.Outcome{State: store.Succeeded, Records: 2}
		}})
		if second := <-attempts; second.Run != c.Run || second.Attempt != 2 || second.Failures != 0 {
			t.Errorf("%+v", second)
		}
		awaitState(t, s, c.Run, store.Succeeded)
		// What was taken for dead wakes up: it may neither publish nor write.
		if _, err := lost.Hold(t.Context(), c); !errors.Is(err, store.ErrFenced) {
			t.Errorf("Hold of the lost attempt: %v", err)
		}
		if err := lost.Finish(t.Context(), c, store.Outcome{State: store.Failed}); !errors.Is(err, store.ErrFenced) {
			t.Errorf("Finish of the lost attempt: %v", err)
		}
		finish()
		if run := getRun(t, s, c.Run); run.State != store.Succeeded || run.Attempt != 2 || run.Records != 2 || run.Node != s.Node() {
			t.Errorf("%+v", run)
		}
		history := wholeOf(t, s, c.Run).Attempts
		if len(history) != 2 || history[0].State != store.Interrupted || !strings.Contains(history[0].Error, lost.Node()) {
			t.Errorf("%+v", history)
		}
	})
}

// River's own record of the attempts mirrors what its rescuer would write.
func TestASweepTellsRiver(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		_, c, finish := dying(t, dsn, "job")
		s := open(t, dsn, store.FastLeases)
		if _, _, err := s.Begin(t.Context(), store.Begin{Job: "sweeps"}); err != nil { // takes a lease, and sweeps
			t.Fatal(err)
		}
		awaitState(t, s, c.Run, store.Scheduled)
		n, err := s.Count(t.Context(),
			`SELECT count(*) FROM river_job WHERE state = 'available' AND kind = 'run' AND attempt = 1 AND errors IS NOT NULL`)
		if n != 1 || err != nil {
			t.Errorf("%d rows in River, %v", n, err)
		}
		finish()
	})
}

func TestARunThatKillsItsProcessEndsAsFailed(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		var finishers []func()
		for attempt := 1; attempt <= 3; attempt++ {
			_, c, finish := dying(t, dsn, "job")
			if c.Attempt != attempt {
				t.Fatalf("attempt %d, want %d", c.Attempt, attempt)
			}
			finishers = append(finishers, finish)
		}
		s := open(t, dsn, store.FastLeases)
		work(t, s, store.WorkOptions{Handler: owing(), Ended: func(e store.End) []store.NewDelivery {
			return []store.NewDelivery{{Kind: "notify", Target: string(e.State)}}
		}})
		run := awaitState(t, s, id("job"), store.Failed)
		if run.Attempt != 3 || !strings.Contains(run.Error, "lost 3 times") || len(run.Deliveries) != 1 || run.Deliveries[0].Target != "failed" {
			t.Errorf("%+v", run)
		}
		if n, err := s.Count(t.Context(), "SELECT count(*) FROM river_job WHERE kind = 'run'"); n != 0 || err != nil {
			t.Errorf("%d rows left, %v", n, err)
		}
		for _, finish := range finishers {
			finish()
		}
	})
}

// A run begun by `runner run` isn't repeated by a serve that nobody asked.
func TestABegunRunOfADeadProcessIsInterrupted(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		cli := open(t, dsn, store.FastLeases)
		c, ctx, err := cli.Begin(t.Context(), store.Begin{Job: "job", Tick: tick})
		if err != nil {
			t.Fatal(err)
		}
		cli.Die()
		if err := cli.Expire(t.Context(), cli.Node()); err != nil {
			t.Fatal(err)
		}
		s := open(t, dsn, store.FastLeases)
		work(t, s, store.WorkOptions{Handler: owing()})
		run := awaitState(t, s, c.Run, store.Interrupted)
		if !strings.Contains(run.Error, cli.Node()) || run.FinishedAt == nil {
			t.Errorf("%+v", run)
		}
		// The process was only asleep: when it wakes it learns.
		if err := cli.Beat(t.Context()); err != nil {
			t.Fatal(err)
		}
		<-ctx.Done()
		if !errors.Is(context.Cause(ctx), store.ErrFenced) {
			t.Errorf("cause %v", context.Cause(ctx))
		}
	})
}

// A process that slept while its run was given to another is told so with what the
// attempt did: nobody else knows what it had published.
func TestWhatALostAttemptDidIsTold(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		lost := open(t, dsn, store.FastLeases)
		begun, release := make(chan store.Claim, 1), make(chan struct{})
		unwritten := make(chan store.Outcome, 1)
		work(t, lost, store.WorkOptions{
			Handler: func(_ context.Context, c store.Claim) store.Outcome {
				begun <- c
				<-release
				return store.Outcome{State: store.Succeeded, Files: []store.File{{Path: "a.csv"}}}
			},
			Fenced: func(c store.Claim, o store.Outcome) {
				if c.Attempt != 1 || c.Run != id("job") {
					t.Errorf("%+v", c)
				}
				unwritten <- o
			},
		})
		enqueue(t, lost, due("job", tick))
		<-begun
		lost.Die()
		if err := lost.Expire(t.Context(), lost.Node()); err != nil {
			t.Fatal(err)
		}
		s := open(t, dsn, store.FastLeases)
		work(t, s, store.WorkOptions{Handler: owing()})
		awaitState(t, s, id("job"), store.Succeeded)
		close(release)
		if o := <-unwritten; len(o.Files) != 1 || o.Files[0].Path != "a.csv" {
			t.Errorf("%+v", o)
		}
	})
}

func TestDeliveriesOfADeadNodeGoOutElsewhere(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		lost := open(t, dsn, store.FastLeases)
		sending, release := make(chan string, 1), make(chan struct{})
		work(t, lost, store.WorkOptions{Handler: owing("hook"), Deliver: func(_ context.Context, d store.Delivery) store.DeliveryResult {
			sending <- d.ID
			<-release
			return store.Delivered("")
		}})
		enqueue(t, lost, due("job", tick))
		first := <-sending
		lost.Die()
		if err := lost.Expire(t.Context(), lost.Node()); err != nil {
			t.Fatal(err)
		}
		s := open(t, dsn, store.FastLeases)
		r := &receiver{answer: delivered}
		work(t, s, store.WorkOptions{Handler: owing(), Deliver: r.handle})
		awaitDelivery(t, s, id("job"), store.DeliveryDelivered, 2)
		if len(r.got) != 1 || r.got[0].ID != first {
			t.Errorf("%+v, want %s", r.got, first)
		}
		close(release)
	})
}

// A beat waits for the disk only where it puts something back: what was told of that holds after a power cut.
func TestABeatIsFlushedWithWhatItPutsBack(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		lost := open(t, dsn)
		c, _, err := lost.Begin(t.Context(), store.Begin{Job: "job", Tick: tick})
		if err != nil {
			t.Fatal(err)
		}
		s := open(t, dsn, store.Rest)
		watched := s.Watch()
		beat := func() (commits, flushed int64) {
			if err := s.Beat(t.Context()); err != nil {
				t.Fatal(err)
			}
			return watched.Commits.Swap(0), watched.Flushed.Swap(0)
		}
		if commits, flushed := beat(); commits != 1 || flushed != 0 {
			t.Errorf("with nothing to put back %d commits, %d flushed", commits, flushed)
		}
		lost.Die()
		if err := s.Write(t.Context(), "DELETE FROM node_lease WHERE node = $1", lost.Node()); err != nil {
			t.Fatal(err)
		}
		watched.Commits.Store(0)
		watched.Flushed.Store(0)
		flushed := int64(0)
		for range 10 { // every tenth looks for what dead nodes left
			_, one := beat()
			flushed += one
		}
		if flushed != 1 {
			t.Errorf("%d beats were flushed, want the one that put the run back", flushed)
		}
		if run, err := s.Run(t.Context(), c.Run); err != nil || run.State != store.Interrupted {
			t.Errorf("%+v, %v", run, err)
		}
	})
}

// A waiting run takes its turn when the one before it is lost for good.
func TestWaitersOfALostRunAreReleased(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		lost := open(t, dsn, store.FastLeases)
		g := newGate()
		work(t, lost, store.WorkOptions{Handler: g.handle, Overlap: always(store.OverlapQueue)})
		enqueue(t, lost, due("job", at(0)))
		<-g.started
		enqueue(t, lost, due("job", at(1)))
		storetest.Until(t, "the second waits", 45*time.Second, func() bool {
			n, err := lost.Count(t.Context(), "SELECT count(*) FROM runs WHERE waiting = 1")
			return err == nil && n == 1
		})
		if err := lost.Write(t.Context(), "UPDATE runs SET crashes = 2 WHERE state = 'running'"); err != nil {
			t.Fatal(err)
		}
		lost.Die()
		if err := lost.Expire(t.Context(), lost.Node()); err != nil {
			t.Fatal(err)
		}
		s := open(t, dsn, store.FastLeases)
		work(t, s, store.WorkOptions{Handler: owing(), Overlap: always(store.OverlapQueue)})
		awaitState(t, s, runID("job", 0), store.Failed)
		awaitState(t, s, runID("job", 1), store.Succeeded)
		g.release <- store.Succeeded
	})
}

// With the clockwork of a release (expiry 5 s): a run of a killed node goes on.
func TestALostNodeIsNoticedInTime(t *testing.T) {
	t.Parallel()
	dsn := storetest.Postgres(t)
	lost := open(t, dsn)
	g := newGate()
	work(t, lost, store.WorkOptions{Handler: g.handle})
	enqueue(t, lost, due("job", tick))
	c := <-g.started
	s := open(t, dsn)
	taken := make(chan store.Claim, 1)
	work(t, s, store.WorkOptions{Handler: func(_ context.Context, c store.Claim) store.Outcome {
		taken <- c
		return store.Outcome{State: store.Succeeded}
	}})
	lost.Die()
	select {
	case second := <-taken:
		if second.Run != c.Run || second.Attempt != 2 {
			t.Errorf("%+v", second)
		}
	case <-time.After(45 * time.Second):
		t.Error("nobody took it over")
	}
	g.release <- store.Succeeded
}

// A node that was taken for dead, and doesn't know it yet, leaves deliveries
// where they are.
func TestANodeWithoutALeaseTakesNoDelivery(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		lost := open(t, dsn, store.FastLeases)
		r := &receiver{answer: delivered}
		work(t, lost, store.WorkOptions{Handler: owing(), Deliver: r.handle})
		storetest.Until(t, "it has a lease", 45*time.Second, func() bool {
			n, err := lost.Count(t.Context(), "SELECT count(*) FROM node_lease")
			return err == nil && n == 1
		})
		lost.Die()
		if err := lost.Write(t.Context(), "DELETE FROM node_lease"); err != nil {
			t.Fatal(err)
		}
		ends := []store.End{{Job: "job", Tick: tick, Trigger: store.CatchUp, State: store.Missed,
			Deliveries: []store.NewDelivery{{Target: "hook"}}}}
		if _, err := lost.Record(t.Context(), ends); err != nil {
			t.Fatal(err)
		}
		storetest.Until(t, "the node is refused", 45*time.Second, func() bool { _, down := lost.Down(); return down })
		if n, err := lost.Count(t.Context(), "SELECT count(*) FROM river_job"); n != 1 || err != nil {
			t.Errorf("%d rows in the queue, %v; want the delivery's", n, err)
		}
		if err := lost.Beat(t.Context()); err != nil { // it is a node again, but asleep
			t.Fatal(err)
		}
		s := open(t, dsn, store.FastLeases)
		work(t, s, store.WorkOptions{Handler: owing(), Deliver: r.handle})
		awaitDelivery(t, s, id("job"), store.DeliveryDelivered, 1)
	})
}

// TestHoldSaysUntilWhen holds that no node takes a run before the time that its
// owner was told, by the owner's own clock.
func TestHoldSaysUntilWhen(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		s := open(t, dsn)
		c, _, err := s.Begin(t.Context(), store.Begin{Job: "job", Tick: tick})
		if err != nil {
			t.Fatal(err)
		}
		for _, renewed := range []bool{false, true} {
			if renewed {
				if err := s.Expire(t.Context(), s.Node()); err != nil {
					t.Fatal(err)
				}
			}
			before := time.Now()
			until, err := s.Hold(t.Context(), c)
			if err != nil {
				t.Fatal(err)
			}
			expires, now, err := s.LeaseOf(t.Context(), s.Node())
			if err != nil {
				t.Fatal(err)
			}
			// What is left at a later look is at least what was promised then.
			if promised := time.Until(until); promised > expires.Sub(now) || !until.After(before) {
				t.Errorf("renewed %v: told %s, the lease has %s left", renewed, promised, expires.Sub(now))
			}
		}
		if err := s.Cancel(t.Context(), c.Run); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Hold(t.Context(), c); !errors.Is(err, store.ErrCanceled) {
			t.Errorf("Hold of a canceled run: %v", err)
		}
	})
}

// TestManyHoldAtOnce: runs that ask together get each its own answer: whether it
// is still theirs, was canceled, or is another claim's by now.
func TestManyHoldAtOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		s := open(t, dsn)
		const each = 30
		claims := make([]store.Claim, 3*each)
		for i := range claims {
			job := fmt.Sprintf("job-%d", i)
			c, _, err := s.Begin(t.Context(), store.Begin{Job: job, Tick: tick})
			if err != nil {
				t.Fatal(err)
			}
			switch claims[i] = c; i % 3 {
			case 1:
				err = s.Cancel(t.Context(), c.Run)
			case 2:
				_, _, err = s.Begin(t.Context(), store.Begin{Job: job, Tick: tick, Force: true})
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		var all sync.WaitGroup
		for i, c := range claims {
			all.Go(func() {
				_, err := s.Hold(t.Context(), c)
				if want := []error{nil, store.ErrCanceled, store.ErrFenced}[i%3]; !errors.Is(err, want) {
					t.Errorf("hold %s: %v, want %v", c.Run, err, want)
				}
			})
		}
		all.Wait()
		ended, end := context.WithCancel(t.Context())
		end()
		if _, err := s.Hold(ended, claims[0]); !errors.Is(err, context.Canceled) {
			t.Errorf("hold with an ended context: %v", err)
		}
	})
}

// A node with nothing under way writes every other beat only, where no other machine waits for it; one with a run
// all of them.
func TestANodeWithNothingUnderWayRests(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		s := open(t, dsn)
		beats := func() (written int) {
			t.Helper()
			for range 6 {
				rested, err := s.Next(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				if !rested {
					written++
				}
			}
			return written
		}
		idle := 3
		if strings.HasPrefix(dsn, "postgres") {
			idle = 6
		}
		if n := beats(); n != idle {
			t.Errorf("with nothing under way %d of 6 beats are written, want %d", n, idle)
		}
		g := newGate()
		work(t, s, store.WorkOptions{Handler: g.handle})
		enqueue(t, s, due("job", tick))
		<-g.started
		if n := beats(); n != 6 {
			t.Errorf("with a run under way %d of 6 beats are written", n)
		}
		g.release <- store.Succeeded
	})
}
