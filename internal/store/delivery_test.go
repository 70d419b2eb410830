package store_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"speckle-runner/internal/store"
	"speckle-runner/internal/store/storetest"
)

// receiver takes deliveries and answers as a test wants.
type receiver struct {
	mu     sync.Mutex
	got    []store.Delivery
	answer func(store.Delivery) store.DeliveryResult
}

func (r *receiver) handle(_ context.Context, d store.Delivery) store.DeliveryResult {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.got = append(r.got, d)
	return r.answer(d)
}

func (r *receiver) set(answer func(store.Delivery) store.DeliveryResult) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answer = answer
}

func delivered(store.Delivery) store.DeliveryResult { return store.Delivered("") }

// owing is a handler whose runs succeed and owe something to a target each.
func owing(targets ...string) func(context.Context, store.Claim) store.Outcome {
	return func(_ context.Context, c store.Claim) store.Outcome {
		o := store.Outcome{State: store.Succeeded}
		for _, target := range targets {
			o.Deliveries = append(o.Deliveries, store.NewDelivery{Kind: "output", Target: target, Body: []byte(`{"run":"` + c.Run + `"}`)})
		}
		return o
	}
}

func awaitDelivery(t *testing.T, s *store.Store, run string, want store.DeliveryState, attempts int) {
	t.Helper()
	var last []store.RunDelivery
	storetest.Until(t, "the delivery of "+run+" is "+string(want), 45*time.Second, func() bool {
		last = getRun(t, s, run).Deliveries
		return len(last) > 0 && !slices.ContainsFunc(last, func(d store.RunDelivery) bool { return d.State != want || d.Attempts != attempts })
	})
}

func TestDeliveriesGoOut(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		s := open(t, dsn)
		r := &receiver{answer: delivered}
		work(t, s, store.WorkOptions{Handler: owing("webhook HOOK_URL", "webhook 2"), Deliver: r.handle})
		enqueue(t, s, due("job", tick))
		awaitState(t, s, id("job"), store.Succeeded)
		awaitDelivery(t, s, id("job"), store.DeliveryDelivered, 1)
		r.mu.Lock()
		defer r.mu.Unlock()
		if len(r.got) != 2 {
			t.Fatalf("%d deliveries", len(r.got))
		}
		slices.SortFunc(r.got, func(a, b store.Delivery) int { return strings.Compare(a.ID, b.ID) })
		d := r.got[0]
		if d.ID != id("job")+".1.1" || d.Run != id("job") || d.Job != "job" || !d.Tick.Equal(tick) || d.Kind != "output" ||
			d.Target != "webhook HOOK_URL" ||
			string(d.Body) != `{"run":"`+id("job")+`"}` || d.Attempt != 1 || d.Created.IsZero() {
			t.Errorf("%+v", d)
		}
		if n, err := s.Count(t.Context(), "SELECT count(*) FROM river_job"); n != 0 || err != nil {
			t.Errorf("%d rows left in the queue, %v", n, err)
		}
	})
}

func TestADeliveryIsTriedAgainWithTheSameID(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		s := open(t, dsn)
		r := &receiver{answer: func(d store.Delivery) store.DeliveryResult {
			if d.Attempt < 3 {
				return store.Retry(time.Millisecond, errors.New("503 from 0123456789abcdef0123456789abcdef0123456789"))
			}
			return store.Delivered("")
		}}
		work(t, s, store.WorkOptions{Handler: owing("hook"), Deliver: r.handle})
		enqueue(t, s, due("job", tick))
		awaitState(t, s, id("job"), store.Succeeded)
		awaitDelivery(t, s, id("job"), store.DeliveryDelivered, 3)
		for _, d := range r.got {
			if d.ID != r.got[0].ID {
				t.Errorf("ids %s and %s", d.ID, r.got[0].ID)
			}
		}
		if n, err := s.Count(t.Context(), "SELECT count(*) FROM deliveries WHERE error LIKE '%cdef0123456789%'"); n != 0 || err != nil {
			t.Errorf("a token is stored (%v)", err)
		}
	})
}

// A receiver that asks for short pauses and takes nothing isn't asked for a day at that pace.
func TestShortPausesGetLonger(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		s := open(t, dsn)
		r := &receiver{answer: func(store.Delivery) store.DeliveryResult { return store.Retry(time.Millisecond, errors.New("429")) }}
		began := time.Now()
		work(t, s, store.WorkOptions{Handler: owing("hook"), Deliver: r.handle})
		enqueue(t, s, due("job", tick))
		awaitState(t, s, id("job"), store.Succeeded)
		storetest.Until(t, "the next try is a minute away", 45*time.Second, func() bool {
			d := getRun(t, s, id("job")).Deliveries[0]
			if d.Attempts > 6 {
				t.Fatalf("%d tries since %s", d.Attempts, began)
			}
			return d.NextTry != nil && d.NextTry.Sub(began) >= time.Minute
		})
	})
}

func TestDeadDeliveriesAreSentAgainOnRequest(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		s := open(t, dsn)
		r := &receiver{answer: func(store.Delivery) store.DeliveryResult { return store.Final(errors.New("410 gone")) }}
		work(t, s, store.WorkOptions{Handler: owing("a", "b"), Deliver: r.handle})
		enqueue(t, s, due("job", tick))
		awaitState(t, s, id("job"), store.Succeeded)
		awaitDelivery(t, s, id("job"), store.DeliveryFailed, 1)
		r.set(delivered)
		if n, err := s.Redeliver(t.Context(), id("job")); n != 2 || err != nil {
			t.Fatalf("Redeliver = %d, %v", n, err)
		}
		awaitDelivery(t, s, id("job"), store.DeliveryDelivered, 2)
		if n, err := s.Redeliver(t.Context(), id("job")); n != 0 || err != nil {
			t.Errorf("what is delivered is sent again: %d, %v", n, err)
		}
		if _, err := s.Redeliver(t.Context(), id("nobody")); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("an unknown run: %v", err)
		}
	})
}

func TestADeliveryDiesAfterADay(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		s := open(t, dsn)
		first := make(chan struct{}, 10)
		r := &receiver{answer: func(store.Delivery) store.DeliveryResult {
			first <- struct{}{}
			return store.Retry(0, errors.New("connection refused"))
		}}
		work(t, s, store.WorkOptions{Handler: owing("hook"), Deliver: r.handle})
		enqueue(t, s, due("job", tick))
		<-first
		awaitDelivery(t, s, id("job"), store.DeliveryQueued, 1)
		// A day passes.
		storetest.Until(t, "the try is written", 45*time.Second, func() bool {
			n, err := s.Count(t.Context(), "SELECT count(*) FROM deliveries WHERE state = 'queued' AND error <> ''")
			return err == nil && n == 1
		})
		if err := s.Write(t.Context(), "UPDATE deliveries SET give_up_at = 1"); err != nil {
			t.Fatal(err)
		}
		if err := s.Write(t.Context(), "UPDATE river_job SET scheduled_at = {timestamp}"); err != nil {
			t.Fatal(err)
		}
		awaitDelivery(t, s, id("job"), store.DeliveryFailed, 2)
	})
}

func TestDeliveriesAreQueuedOnlyWhenARunEnds(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		s := open(t, dsn)
		r := &receiver{answer: delivered}
		work(t, s, store.WorkOptions{Retry: again(1), Deliver: r.handle, Handler: func(_ context.Context, c store.Claim) store.Outcome {
			return store.Outcome{State: store.Failed, Error: "no", Deliveries: []store.NewDelivery{{Kind: "notify", Target: "failure"}}}
		}})
		enqueue(t, s, due("job", tick))
		awaitState(t, s, id("job"), store.Failed)
		awaitDelivery(t, s, id("job"), store.DeliveryDelivered, 1)
		if len(r.got) != 1 || r.got[0].ID != id("job")+".2.1" {
			t.Errorf("%+v", r.got)
		}
	})
}

// `runner run` sends what its run owes itself, for as long as it wants to.
func TestDeliverWithoutTheQueue(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		s := open(t, dsn)
		begin := func(job string) string {
			c, _, err := s.Begin(t.Context(), store.Begin{Job: job, Tick: tick})
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Finish(t.Context(), c, owing("good", "bad", "flaky")(t.Context(), c)); err != nil {
				t.Fatal(err)
			}
			return c.Run
		}
		run := begin("job")
		r := &receiver{answer: func(d store.Delivery) store.DeliveryResult {
			switch {
			case d.Target == "bad":
				return store.Final(errors.New("400"))
			case d.Target == "flaky" && d.Attempt == 1:
				return store.Retry(time.Millisecond, errors.New("503"))
			}
			return store.Delivered("")
		}}
		if sent, err := s.Deliver(t.Context(), run, time.Minute, r.handle); sent.Left != 1 || err != nil {
			t.Errorf("%+v, %v", sent, err)
		}
		// One that can't be reached in time waits in the queue.
		later := begin("later")
		r.set(func(store.Delivery) store.DeliveryResult { return store.Retry(time.Hour, errors.New("503")) })
		if sent, err := s.Deliver(t.Context(), later, time.Minute, r.handle); sent.Left != 3 || err != nil {
			t.Errorf("%+v, %v", sent, err)
		}
		r.set(delivered)
		work(t, s, store.WorkOptions{Handler: owing(), Deliver: r.handle})
		if n, err := s.Redeliver(t.Context(), later); n != 3 || err != nil {
			t.Fatalf("Redeliver = %d, %v", n, err)
		}
		storetest.Until(t, "all of them are delivered", 45*time.Second, func() bool {
			return !slices.ContainsFunc(getRun(t, s, later).Deliveries, func(d store.RunDelivery) bool { return d.State != store.DeliveryDelivered })
		})
	})
}

func TestRecordedTicksOweNotices(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		s := open(t, dsn)
		r := &receiver{answer: delivered}
		work(t, s, store.WorkOptions{Handler: owing(), Deliver: r.handle})
		ends := []store.End{
			{Job: "job", Tick: at(0), Trigger: store.Schedule, State: store.Missed, Reason: "nothing was up",
				Deliveries: []store.NewDelivery{{Kind: "notify", Target: "missed"}}},
			{Job: "job", Tick: at(1), Trigger: store.Schedule, State: store.Skipped},
		}
		if fresh, err := s.Record(t.Context(), ends); err != nil || !fresh[0] || !fresh[1] {
			t.Fatalf("%v, %v", fresh, err)
		}
		if fresh, err := s.Record(t.Context(), ends); err != nil || fresh[0] || fresh[1] {
			t.Fatalf("again: %v, %v", fresh, err)
		}
		if fresh := enqueue(t, s, due("job", at(0))); fresh[0] {
			t.Error("a missed tick can be enqueued")
		}
		awaitDelivery(t, s, runID("job", 0), store.DeliveryDelivered, 1)
		if run := getRun(t, s, runID("job", 0)); run.State != store.Missed || run.Error != "nothing was up" {
			t.Errorf("%+v", run)
		}
		if _, err := s.Record(t.Context(), []store.End{{Job: "job", Tick: at(2), State: store.Succeeded}}); err == nil {
			t.Error("a success can be recorded without a run")
		}
	})
}

// A notice about a missed tick waits on a ledger that nodes share, and isn't sent where one
// of them was in time with it; one that tells of other ticks, too, is.
func TestATickThatRanAfterAllIsNotToldAsMissed(t *testing.T) {
	dsn := storetest.Postgres(t)
	missed := func(job string, at time.Time) store.End {
		return store.End{Job: job, Tick: at, Trigger: store.CatchUp, State: store.Missed, Schedule: "@hourly", Generation: "new"}
	}
	told := func(e store.End) store.End {
		e.Deliveries = []store.NewDelivery{{Kind: "missed", Target: "of " + e.Job, Receiver: "ops", Cause: "missed"}}
		return e
	}
	record := func(s *store.Store, ends ...store.End) {
		t.Helper()
		if _, err := s.Record(t.Context(), ends); err != nil {
			t.Fatal(err)
		}
	}
	waits := open(t, dsn)
	record(waits, told(missed("waits", at(0))))
	before := time.Now()
	if d := getRun(t, waits, runID("waits", 0)).Deliveries; len(d) != 1 || d[0].NextTry == nil || !d[0].NextTry.After(before) {
		t.Errorf("%+v", d)
	}
	if err := waits.Close(); err != nil {
		t.Fatal(err)
	}

	s := open(t, dsn, store.FastLeases)
	record(s, told(missed("one", at(0))), missed("two", at(0)), told(missed("two", at(60))), told(missed("gone", at(0))))
	for _, job := range []string{"one", "two"} {
		newest := map[string]int{"two": 60}[job]
		due := store.Due{Job: job, Tick: at(newest), Trigger: store.Schedule, Schedule: "@hourly", Generation: "old"}
		if fresh := enqueue(t, s, due); !fresh[0] {
			t.Fatalf("%s isn't due", job)
		}
	}
	r := &receiver{answer: delivered}
	work(t, s, store.WorkOptions{Handler: owing(), Deliver: r.handle})
	awaitDelivery(t, s, runID("two", 60), store.DeliveryDelivered, 1)
	awaitDelivery(t, s, runID("gone", 0), store.DeliveryDelivered, 1)
	storetest.Until(t, "the notice of one is gone", 45*time.Second, func() bool { return len(getRun(t, s, runID("one", 0)).Deliveries) == 0 })
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, d := range r.got {
		if d.Job == "one" {
			t.Errorf("told: %+v", d)
		}
	}
}
