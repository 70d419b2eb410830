package store_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"speckle-runner/internal/store"
	"speckle-runner/internal/store/storetest"
)

// owes begins and ends a run that owes a message to each target.
func owes(t *testing.T, s *store.Store, job string, targets ...string) string {
	t.Helper()
	c, _, err := s.Begin(t.Context(), store.Begin{Job: job, Tick: tick})
	if err == nil {
		err = s.Finish(t.Context(), c, owing(targets...)(t.Context(), c))
	}
	if err != nil {
		t.Fatal(err)
	}
	return c.Run
}

// tries counts the messages of a receiver by target.
func (r *receiver) tries() map[string]int {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := map[string]int{}
	for _, d := range r.got {
		n[d.Target]++
	}
	return n
}

// The limit is for one that refuses: each message that is taken begins it anew.
func TestASlowReceiverGetsAllMessages(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		s := open(t, dsn)
		r := &receiver{answer: delivered}
		run := owes(t, s, "slow", "slow", "slow", "slow", "slow")
		// Each message takes longer than the limit, which is as short as can be.
		if sent, err := s.Deliver(t.Context(), run, time.Nanosecond, r.handle); sent.Left != 0 || len(sent.Stopped) != 0 || err != nil {
			t.Errorf("%+v, %v", sent, err)
		}
		if n := r.tries()["slow"]; n != 4 {
			t.Errorf("%d tries", n)
		}
	})
}

// A receiver that refuses isn't tried for ever because another works, and one
// that works isn't given up because of the other.
func TestEachReceiverHasItsOwnLimit(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		s := open(t, dsn)
		r := &receiver{answer: func(d store.Delivery) store.DeliveryResult {
			if d.Target == "refuses" {
				return store.Retry(time.Hour, errors.New("503"))
			}
			return store.Delivered("")
		}}
		run := owes(t, s, "job", "refuses", "works", "refuses", "works", "refuses", "works")
		sent, err := s.Deliver(t.Context(), run, 0, r.handle)
		if sent.Left != 3 || !slices.Equal(sent.Stopped, []string{"refuses"}) || err != nil {
			t.Errorf("%+v, %v", sent, err)
		}
		if n := r.tries(); n["works"] != 3 || n["refuses"] != 1 {
			t.Errorf("tries %v", n)
		}
		// Within its limit it is tried, and a next try beyond it isn't waited for.
		again := owes(t, s, "again", "refuses", "works", "refuses")
		sent, err = s.Deliver(t.Context(), again, time.Minute, r.handle)
		if sent.Left != 2 || !slices.Equal(sent.Stopped, []string{"refuses"}) || err != nil {
			t.Errorf("%+v, %v", sent, err)
		}
		wanted := map[string]store.DeliveryState{"works": store.DeliveryDelivered, "refuses": store.DeliveryQueued}
		for _, d := range getRun(t, s, again).Deliveries {
			if d.State != wanted[d.Target] || d.Attempts != 1 {
				t.Errorf("%+v", d)
			}
		}
	})
}
