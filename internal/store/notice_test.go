package store_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"speckle-runner/internal/store"
	"speckle-runner/internal/store/storetest"
)

// failureOf is a notice of a failure to a receiver.
func failureOf(cause, receiver string) store.NewDelivery {
	return store.NewDelivery{Kind: "failure", Target: receiver, Receiver: receiver, Cause: cause, Cooldown: time.Hour}
}

// recoveryOf is a recovery for a receiver that hears of failures.
func recoveryOf(receiver string) store.NewDelivery {
	return store.NewDelivery{Kind: "recovery", Target: receiver, Receiver: receiver, IfTold: true}
}

// end runs a job's n-th tick, as `runner run` does, and delivers what it owes. It
// gives what went out, as kind and target.
func end(t *testing.T, s *store.Store, n int, o store.Outcome, answer func(store.Delivery) store.DeliveryResult) []string {
	t.Helper()
	c, _, err := s.Begin(t.Context(), store.Begin{Job: "job", Tick: at(n)})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Finish(t.Context(), c, o); err != nil {
		t.Fatal(err)
	}
	return sent(t, s, c.Run, answer)
}

func sent(t *testing.T, s *store.Store, run string, answer func(store.Delivery) store.DeliveryResult) []string {
	t.Helper()
	var got []string
	_, err := s.Deliver(t.Context(), run, time.Minute, func(_ context.Context, d store.Delivery) store.DeliveryResult {
		got = append(got, d.Kind+" "+d.Target)
		return answer(d)
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(got)
	return got
}

func notFound(store.Delivery) store.DeliveryResult { return store.Final(errors.New("404")) }

// What counts as told is what is on its way or has arrived, for each receiver.
func TestToldIsWhatArrived(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		s := open(t, dsn)
		fails := func(cause string) store.Outcome {
			return store.Outcome{State: store.Failed, Error: cause, Failure: []store.NewDelivery{failureOf(cause, "a"), failureOf(cause, "b")}}
		}
		works := store.Outcome{State: store.Succeeded, Deliveries: []store.NewDelivery{recoveryOf("a"), recoveryOf("b")}}
		aIsDeaf := func(d store.Delivery) store.DeliveryResult {
			if d.Target == "a" {
				return notFound(d)
			}
			return store.Delivered("")
		}
		for n, step := range []struct {
			what   string
			ends   store.Outcome
			answer func(store.Delivery) store.DeliveryResult
			want   []string
		}{
			{"a refuses its notice", fails("short"), aIsDeaf, []string{"failure a", "failure b"}},
			{"only b was told", fails("short"), delivered, []string{"failure a"}},
			{"both were told", fails("short"), delivered, nil},
			{"another cause", fails("timeout"), delivered, []string{"failure a", "failure b"}},
			{"the first cause is still known", fails("short"), delivered, nil},
			{"it works again", works, delivered, []string{"recovery a", "recovery b"}},
			{"it works on", works, delivered, nil},
			{"a failure after a good run is news", fails("short"), aIsDeaf, []string{"failure a", "failure b"}},
			{"a never heard of that failure", works, delivered, []string{"recovery b"}},
		} {
			if got := end(t, s, n, step.ends, step.answer); !slices.Equal(got, step.want) {
				t.Errorf("%d, %s: told %q, want %q", n, step.what, got, step.want)
			}
		}
	})
}

// A receiver that asks for recoveries only hears of the end of each failure.
func TestARecoveryForWhoNeverHearsOfFailures(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		s := open(t, dsn)
		works := store.Outcome{State: store.Succeeded, Deliveries: []store.NewDelivery{{Kind: "recovery", Target: "a", Receiver: "a"}}}
		if got := end(t, s, 0, works, delivered); len(got) != 0 {
			t.Errorf("the first run told %q", got)
		}
		end(t, s, 1, store.Outcome{State: store.Failed, Error: "no"}, delivered)
		if got := end(t, s, 2, works, delivered); !slices.Equal(got, []string{"recovery a"}) {
			t.Errorf("told %q", got)
		}
	})
}

// An older tick that works says nothing of a newer one that failed.
func TestAnOlderTickEndsNoFailure(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		s := open(t, dsn)
		end(t, s, 5, store.Outcome{State: store.Failed, Failure: []store.NewDelivery{failureOf("short", "a")}}, delivered)
		works := store.Outcome{State: store.Succeeded, Deliveries: []store.NewDelivery{recoveryOf("a")}}
		if got := end(t, s, 1, works, delivered); len(got) != 0 {
			t.Errorf("an older tick told %q", got)
		}
		if got := end(t, s, 5, works, delivered); !slices.Equal(got, []string{"recovery a"}) {
			t.Errorf("the tick itself told %q", got)
		}
	})
}

// A failure takes back the recovery that waits, and a ping the one before it:
// the last word is about the newest end.
func TestTheLastWordIsAboutTheNewestEnd(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		s := open(t, dsn)
		finish := func(n int, o store.Outcome) {
			c, _, err := s.Begin(t.Context(), store.Begin{Job: "job", Tick: at(n)})
			if err == nil {
				err = s.Finish(t.Context(), c, o)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		ping := func(id string) store.NewDelivery {
			return store.NewDelivery{ID: id, Kind: "heartbeat", Target: "BEAT", Receiver: "BEAT"}
		}
		end(t, s, 0, store.Outcome{State: store.Failed, Failure: []store.NewDelivery{failureOf("short", "a")}}, delivered)
		finish(1, store.Outcome{State: store.Succeeded, Deliveries: []store.NewDelivery{ping("good"), recoveryOf("a")}})
		finish(2, store.Outcome{State: store.Failed, Failure: []store.NewDelivery{ping("bad"), failureOf("short", "a")}})
		if got := getRun(t, s, runID("job", 1)).Deliveries; len(got) != 0 {
			t.Errorf("still waiting: %+v", got)
		}
		if got := sent(t, s, runID("job", 2), delivered); !slices.Equal(got, []string{"failure a", "heartbeat BEAT"}) {
			t.Errorf("told %q", got)
		}
	})
}

// A message that is given up is told in the transaction that gives it up, once
// for all that a run lost, and again when its receiver has taken a run between.
func TestWhatIsGivenUpIsTold(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		s := open(t, dsn)
		loses := func(d store.Delivery) store.DeliveryResult {
			if d.Kind != "output" {
				return store.Delivered("")
			}
			return notFound(d).Owing([]store.NewDelivery{
				{ID: d.ID + ".ping", Kind: "heartbeat", Target: "BEAT", Receiver: "BEAT", Cause: d.Target},
				{ID: d.ID + ".told", Kind: "undelivered", Target: "a", Receiver: "a", Cause: d.Target, Cooldown: time.Hour},
			})
		}
		run := owing("hook", "hook", "hook")(t.Context(), store.Claim{})
		lost := []string{"output hook", "output hook", "output hook"}
		all := func(more ...string) []string { return slices.Sorted(slices.Values(append(more, lost...))) }
		if got := end(t, s, 0, run, loses); !slices.Equal(got, all("heartbeat BEAT", "undelivered a")) {
			t.Errorf("the first loss: %q", got)
		}
		if n, err := s.GivenUp(t.Context()); err != nil || !slices.Equal(n, []store.GivenUp{{Job: "job", Kind: "output", Messages: 3}}) {
			t.Errorf("given up: %+v, %v", n, err)
		}
		if got := end(t, s, 1, run, loses); !slices.Equal(got, all("heartbeat BEAT")) {
			t.Errorf("within the cooldown: %q", got)
		}
		if got := end(t, s, 2, run, delivered); !slices.Equal(got, lost) {
			t.Errorf("all arrive: %q", got)
		}
		if got := end(t, s, 3, run, loses); !slices.Equal(got, all("heartbeat BEAT", "undelivered a")) {
			t.Errorf("a loss after that: %q", got)
		}
	})
}

// A handler that breaks has failed, and people hear of it.
func TestAPanicIsTold(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		s := open(t, dsn)
		r := &receiver{answer: delivered}
		work(t, s, store.WorkOptions{
			Handler: func(context.Context, store.Claim) store.Outcome { panic("broken") }, Deliver: r.handle,
			Ended: func(e store.End) []store.NewDelivery {
				return []store.NewDelivery{{Kind: "failure", Target: string(e.State), Receiver: "a", Cause: "lost"}}
			},
		})
		enqueue(t, s, due("job", tick))
		awaitState(t, s, id("job"), store.Failed)
		awaitDelivery(t, s, id("job"), store.DeliveryDelivered, 1)
	})
}
