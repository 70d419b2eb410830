package store_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"speckle-runner/internal/store"
	"speckle-runner/internal/store/storetest"
)

// manual gives a node that beats and fetches when the test says so.
func manual(t *testing.T, dsn string, o store.WorkOptions) (*store.Store, *store.Watched) {
	t.Helper()
	s := open(t, dsn, store.Rest)
	w := s.Watch()
	s.Attach(o)
	if err := s.Beat(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s, w
}

func fetchOne(t *testing.T, s *store.Store) store.Claim {
	t.Helper()
	claims, err := s.Fetch(t.Context(), 1)
	if err != nil || len(claims) != 1 {
		t.Fatalf("%d claims, %v", len(claims), err)
	}
	return claims[0]
}

// loseLease buries a node, as others do, and lets it find out.
func loseLease(t *testing.T, s, other *store.Store) {
	t.Helper()
	if err := s.Write(t.Context(), "DELETE FROM node_lease WHERE node = $1", s.Node()); err != nil {
		t.Fatal(err)
	}
	if err := other.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.Beat(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// Two attempts of a run may end in one transaction where the first one was
// only taken for dead: the one that owns the run is heard, the other is not. It is the
// same where they are written alone, as the answer to both didn't come.
func TestEndsInOneBatchAreJudgedOneByOne(t *testing.T) {
	t.Run("at once", func(t *testing.T) { endTogether(t, 0) })
	t.Run("the answer is lost", func(t *testing.T) { endTogether(t, 1) })
}

func endTogether(t *testing.T, lose int64) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		ended := 0
		s, w := manual(t, dsn, store.WorkOptions{Observe: func(e store.Event) {
			if e.State == store.Succeeded {
				ended++
			}
		}})
		other, _ := manual(t, dsn, store.WorkOptions{})
		enqueue(t, s, due("job", tick))
		first := fetchOne(t, s)
		loseLease(t, s, other)
		second := fetchOne(t, s)
		w.Lose.Store(lose)
		told := s.WriteTogether(
			s.Ending(first, store.Outcome{State: store.Failed, Error: "stale", Deliveries: []store.NewDelivery{{Target: "stale"}}}),
			s.Ending(second, store.Outcome{State: store.Succeeded, Records: 2, Deliveries: []store.NewDelivery{{Target: "hook"}}}),
		)
		if !errors.Is(told[0], store.ErrFenced) || told[1] != nil {
			t.Errorf("%v", told)
		}
		if ended != 1 {
			t.Errorf("the end was told %d times", ended)
		}
		run := getRun(t, s, id("job"))
		if run.State != store.Succeeded || run.Records != 2 || len(run.Deliveries) != 1 || run.Deliveries[0].Target != "hook" {
			t.Errorf("%+v", run)
		}
	})
}

// An attempt that was given back has the same number when it is claimed again,
// perhaps by the same node: the give-back is written once.
func TestAGiveBackWhoseAnswerWasLostTakesNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		s, w := manual(t, dsn, store.WorkOptions{})
		enqueue(t, s, due("job", tick))
		back := store.GivingBack(fetchOne(t, s))
		w.Lose.Store(1)
		if err := back.Write(s); err == nil {
			t.Fatal("no answer was lost")
		}
		// Written again before anybody claimed the run, it is known to be done.
		if err := back.Write(s); err != nil {
			t.Errorf("%v", err)
		}
		c := fetchOne(t, s)
		if c.Attempt != 1 {
			t.Errorf("%+v", c)
		}
		if err := back.Write(s); !errors.Is(err, store.ErrFenced) {
			t.Errorf("a give-back of the next owner's run: %v", err)
		}
		if _, err := s.Hold(t.Context(), c); err != nil {
			t.Error(err)
		}
		if err := s.Finish(t.Context(), c, store.Outcome{State: store.Succeeded}); err != nil {
			t.Error(err)
		}
		if run := getRun(t, s, id("job")); run.State != store.Succeeded || run.Attempt != 1 {
			t.Errorf("%+v", run)
		}
	})
}

// A try that was taken for lost and ends late says nothing about the one that
// followed it, on the same node too.
func TestALateEndOfADeliverySaysNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		s := open(t, dsn)
		c, _, err := s.Begin(t.Context(), store.Begin{Job: "job", Tick: tick})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Finish(t.Context(), c, store.Outcome{State: store.Succeeded, Deliveries: []store.NewDelivery{{Target: "hook"}}}); err != nil {
			t.Fatal(err)
		}
		begin := func(end store.DeliveryResult) (finish func()) {
			sending, release, done := make(chan bool), make(chan bool), make(chan error, 1)
			go func() {
				_, err := s.Deliver(context.WithoutCancel(t.Context()), c.Run, time.Minute, func(context.Context, store.Delivery) store.DeliveryResult {
					close(sending)
					<-release
					return end
				})
				done <- err
			}()
			<-sending
			return func() {
				close(release)
				if err := <-done; err != nil {
					t.Error(err)
				}
			}
		}
		late := begin(store.Final(errors.New("410 gone")))
		if err := s.Write(t.Context(), "UPDATE deliveries SET state = 'queued', node = '', next_at = 1"); err != nil { // as a sweep does
			t.Fatal(err)
		}
		arrived := begin(store.Delivered(""))
		late()
		arrived()
		if d := getRun(t, s, c.Run).Deliveries[0]; d.State != store.DeliveryDelivered || d.Attempts != 2 || d.Error != "" {
			t.Errorf("%+v", d)
		}
	})
}
