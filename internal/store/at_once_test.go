package store_test

import (
	"context"
	"testing"
	"time"

	"speckle-runner/internal/store"
	"speckle-runner/internal/store/storetest"
)

// On a file, one commit lies between a tick's time and its handler, where a worker is free.
func TestADueTickBeginsInOneTransaction(t *testing.T) {
	t.Parallel()
	s := open(t, storetest.SQLite(t), store.Rest)
	w := s.Watch()
	before, took := int64(0), make(chan int64, 1)
	work(t, s, store.WorkOptions{Handler: func(context.Context, store.Claim) store.Outcome {
		took <- w.Commits.Load() - before
		return store.Outcome{State: store.Succeeded}
	}})
	n := 0
	storetest.Until(t, "a tick begins with one commit", 45*time.Second, func() bool { // not the first: workers may just look into their queues
		n++
		before = w.Commits.Load()
		enqueue(t, s, due("job", at(n)))
		commits := <-took
		awaitState(t, s, store.RunID("job", at(n)), store.Succeeded)
		return commits == 1
	})
}

// What stands in a tick's way is seen, and told, in the transaction that writes the tick.
func TestATickThatIsClaimedAtOnceKeepsToItsJobsRules(t *testing.T) {
	t.Parallel()
	s, w := manual(t, storetest.SQLite(t), store.WorkOptions{Ended: func(e store.End) []store.NewDelivery {
		return []store.NewDelivery{{Kind: "notify", Target: string(e.State)}}
	}})
	before := w.Commits.Load()
	_, first, err := s.EnqueueAtOnce(t.Context(), []store.Due{due("job", at(0)), due("other", at(0))}, 1)
	if err != nil || len(first) != 1 || first[0].Job != "job" || w.Commits.Load() != before+2 { // the jobs' rows are one
		t.Fatalf("%v, %v; %d commits", first, err, w.Commits.Load()-before)
	}
	later := due("job", at(1))
	fresh, claims, err := s.EnqueueAtOnce(t.Context(), []store.Due{later, later}, 10)
	if err != nil || !fresh[0] || fresh[1] || len(claims) != 1 || claims[0].Job != "other" {
		t.Errorf("new: %v, claimed: %v, %v", fresh, claims, err)
	}
	run := getRun(t, s, store.RunID("job", at(1)))
	if run.State != store.Skipped || len(run.Deliveries) != 1 || run.Deliveries[0].Target != "skipped" {
		t.Errorf("%+v", run)
	}
}

// A tick is written whatever becomes of its claim.
func TestATickWhoseClaimGoesWrongWaits(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		s, _ := manual(t, dsn, store.WorkOptions{})
		if err := s.Write(t.Context(), "DELETE FROM node_lease"); err != nil {
			t.Fatal(err)
		}
		fresh, claims, err := s.EnqueueAtOnce(t.Context(), []store.Due{due("job", tick)}, 1)
		if err != nil || !fresh[0] || len(claims) != 0 {
			t.Errorf("new: %v, claimed: %v, %v", fresh, claims, err)
		}
		if run := getRun(t, s, id("job")); run.State != store.Scheduled || run.Attempt != 0 {
			t.Errorf("%+v", run)
		}
		if err := s.Beat(t.Context()); err != nil {
			t.Fatal(err)
		}
		if c := fetchOne(t, s); c.Run != id("job") || c.Attempt != 1 {
			t.Errorf("%+v", c)
		}
	})
}

// A node that makes ticks due for itself is killed, again and again, at whatever moment between a tick
// and its run's end: each that it wrote runs to its end, once.
func TestANodeIsKilledWhileItsTicksComeDue(t *testing.T) {
	t.Parallel()
	dsn := storetest.SQLite(t)
	var children []*child
	for range 5 {
		c := startChild(t, dsn, 3*time.Millisecond, "_DUE=yes")
		children = append(children, c)
		storetest.Until(t, "a run is in flight", 45*time.Second, func() bool { return len(c.said("start")) > 2 })
		c.kill()
	}
	s := open(t, dsn, store.FastLeases, func(o *store.Options) { o.MaxCrashes = 1000; o.Lock = true })
	work(t, s, store.WorkOptions{Handler: owing()})
	storetest.Until(t, "all runs have succeeded", 45*time.Second, func() bool {
		left, err := s.Count(t.Context(), "SELECT count(*) FROM runs WHERE state <> 'succeeded'")
		return err == nil && left == 0
	})
	successes := map[string]int{}
	checkStorm(t, s, children, successes)
	for _, c := range children {
		for _, run := range c.said("due") {
			getRun(t, s, run)
		}
	}
}
