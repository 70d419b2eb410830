package store_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"speckle-runner/internal/store"
	"speckle-runner/internal/store/storetest"
)

func undelivered(t *testing.T, s *store.Store, f store.Filter) []string {
	t.Helper()
	f.Undelivered = true
	runs, err := s.Runs(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, run := range runs {
		if !run.Owes() {
			t.Errorf("%s owes nothing: %+v", run.Run, run.Deliveries)
		}
		ids = append(ids, run.Run)
	}
	return ids
}

// What is forgotten is over: not owed, not sent again, and not in the queue.
func TestForget(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		s := open(t, dsn)
		r := &receiver{answer: func(d store.Delivery) store.DeliveryResult {
			switch d.Target {
			case "gone":
				return store.Final(errors.New("410"))
			case "busy":
				return store.Retry(time.Hour, errors.New("503"))
			}
			return store.Delivered("")
		}}
		fine, run := owes(t, s, "fine", "good"), owes(t, s, "job", "good", "gone", "busy", "busy")
		for _, one := range []string{fine, run} {
			if _, err := s.Deliver(t.Context(), one, 0, r.handle); err != nil {
				t.Fatal(err)
			}
		}
		if got := undelivered(t, s, store.Filter{}); len(got) != 1 || got[0] != run {
			t.Errorf("undelivered: %v", got)
		}
		if got := undelivered(t, s, store.Filter{Job: "fine", States: []store.State{store.Succeeded}}); len(got) != 0 {
			t.Errorf("undelivered of another job: %v", got)
		}
		gone, err := s.Forget(t.Context(), run)
		if err != nil || gone.Sending != 0 || len(gone.Messages) != 3 {
			t.Fatalf("%+v, %v", gone, err)
		}
		for i, want := range []string{"gone", "busy", "busy"} {
			if m := gone.Messages[i]; m.Target != want || m.State != store.DeliveryForgotten {
				t.Errorf("message %d: %+v", i, m)
			}
		}
		states := map[store.DeliveryState]int{}
		for _, d := range getRun(t, s, run).Deliveries {
			states[d.State]++
			if d.NextTry != nil {
				t.Errorf("a next try is due: %+v", d)
			}
		}
		if states[store.DeliveryForgotten] != 3 || states[store.DeliveryDelivered] != 1 {
			t.Errorf("%v", states)
		}
		if n, err := s.Count(t.Context(), "SELECT count(*) FROM river_job"); n != 0 || err != nil {
			t.Errorf("%d rows in the queue, %v", n, err)
		}
		if n, err := s.Redeliver(t.Context(), run); n != 0 || err != nil {
			t.Errorf("what is forgotten is sent again: %d, %v", n, err)
		}
		if sent, err := s.Deliver(t.Context(), run, time.Minute, r.handle); sent.Left != 0 || err != nil {
			t.Errorf("%+v, %v", sent, err)
		}
		if again, err := s.Forget(t.Context(), run); err != nil || len(again.Messages) != 0 {
			t.Errorf("twice: %+v, %v", again, err)
		}
		if got := undelivered(t, s, store.Filter{}); len(got) != 0 {
			t.Errorf("undelivered: %v", got)
		}
		if _, err := s.Forget(t.Context(), id("nobody")); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("an unknown run: %v", err)
		}
	})
}

// A message on its way is left to its end: it may arrive.
func TestForgetLeavesWhatIsBeingSent(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		s := open(t, dsn)
		run := owes(t, s, "job", "first", "second")
		end := store.Retry(time.Hour, errors.New("503"))
		forget := func(sending, messages int) {
			t.Helper()
			if gone, err := s.Forget(t.Context(), run); err != nil || gone.Sending != sending || len(gone.Messages) != messages {
				t.Errorf("%+v, %v", gone, err)
			}
		}
		if _, err := s.Deliver(t.Context(), run, 0, func(_ context.Context, d store.Delivery) store.DeliveryResult {
			forget(1, 1)
			return end
		}); err != nil {
			t.Fatal(err)
		}
		if d := getRun(t, s, run).Deliveries; d[0].State != store.DeliveryQueued || d[1].State != store.DeliveryForgotten || d[1].Attempts != 0 {
			t.Errorf("%+v", d)
		}
		// One whose process is gone will never end by itself.
		if err := s.Write(t.Context(), "UPDATE deliveries SET state = 'sending', node = 'gone' WHERE state = 'queued'"); err != nil {
			t.Fatal(err)
		}
		forget(0, 1)
	})
}

// A receiver's doubtful answer stays with the delivery.
func TestADeliveryKeepsItsNote(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		s := open(t, dsn)
		run := owes(t, s, "job", "hook")
		const token = "0123456789abcdef0123456789abcdef0123456789"
		if _, err := s.Deliver(t.Context(), run, 0, func(context.Context, store.Delivery) store.DeliveryResult {
			return store.Delivered("the answer wasn't understood: " + token)
		}); err != nil {
			t.Fatal(err)
		}
		d := getRun(t, s, run).Deliveries[0]
		if d.State != store.DeliveryDelivered || d.Error != "" || d.Note == "" || strings.Contains(d.Note, token) {
			t.Errorf("%+v", d)
		}
	})
}
