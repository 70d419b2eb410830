package store_test

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"speckle-runner/internal/store"
	"speckle-runner/internal/store/storetest"
)

// triesOf gives the tries of a run's only message.
func triesOf(t *testing.T, s *store.Store, run string) []store.Try {
	t.Helper()
	whole, err := s.Whole(t.Context(), run)
	if err != nil || len(whole.Deliveries) != 1 || whole.Deliveries[0].Tries == nil {
		t.Fatalf("%+v, %v", whole.Deliveries, err)
	}
	return whole.Deliveries[0].Tries
}

// sayTries writes tries in a few words, and sees that their times are in order.
func sayTries(t *testing.T, tries []store.Try) string {
	t.Helper()
	var words []string
	last := time.Time{}
	for _, one := range tries {
		word := strconv.Itoa(one.Try) + " " + string(one.Outcome)
		if one.Error+one.Note != "" {
			word += ": " + one.Error + one.Note
		}
		if one.NextTry != nil {
			word += "; goes on"
		}
		if one.AskedAgainAt != nil {
			word += "; asked for"
		}
		words = append(words, word)
		if one.StartedAt == nil || one.StartedAt.Before(last) {
			t.Errorf("%+v began out of order", one)
			continue
		}
		last = *one.StartedAt
		if one.Outcome == store.TryLost && one.FinishedAt != nil ||
			one.Outcome != store.TryLost && (one.FinishedAt == nil || one.FinishedAt.Before(last)) {
			t.Errorf("%+v ended when?", one)
		}
	}
	return strings.Join(words, "\n")
}

func expectTries(t *testing.T, s *store.Store, run string, want ...string) {
	t.Helper()
	if got := sayTries(t, triesOf(t, s, run)); got != strings.Join(want, "\n") {
		t.Errorf("tries of %s:\n%s\nwant\n%s", run, got, strings.Join(want, "\n"))
	}
}

// answers gives a handler that answers one after the other, the last one always.
func answers(all ...store.DeliveryResult) func(context.Context, store.Delivery) store.DeliveryResult {
	return func(context.Context, store.Delivery) store.DeliveryResult {
		next := all[0]
		if len(all) > 1 {
			all = all[1:]
		}
		return next
	}
}

func sendAll(
	t *testing.T, s *store.Store, run string, handler func(context.Context, store.Delivery) store.DeliveryResult,
) {
	t.Helper()
	if _, err := s.Deliver(t.Context(), run, time.Minute, handler); err != nil {
		t.Fatal(err)
	}
}

// Each try is in the ledger, and a redelivery goes on with the same list.
func TestEachTryIsKept(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		s := open(t, dsn)
		const token = "0123456789abcdef0123456789abcdef0123456789"
		busy := store.Retry(time.Millisecond, errors.New("answered 503: "+token+"\nlate\x1b[31m "+strings.Repeat("x", 1000)))
		run := owes(t, s, "job", "hook")
		expectTries(t, s, run, "")
		sendAll(t, s, run, answers(busy, store.Final(errors.New("410"))))
		shown := triesOf(t, s, run)[0].Error
		if strings.ContainsAny(shown, "\n\x1b") || len([]rune(shown)) > 401 || !strings.HasPrefix(shown, "answered 503: ") ||
			strings.Contains(shown, "cdef0123456789") {
			t.Errorf("%q", shown)
		}
		expectTries(t, s, run, "1 failed: "+shown+"; goes on", "2 refused: 410")
		if n, err := s.Redeliver(t.Context(), run); n != 1 || err != nil {
			t.Fatalf("Redeliver = %d, %v", n, err)
		}
		sendAll(t, s, run, answers(store.Retry(time.Millisecond, errors.New("502")), store.Delivered("a login page")))
		expectTries(t, s, run, "1 failed: "+shown+"; goes on", "2 refused: 410",
			"3 failed: 502; goes on; asked for", "4 delivered: a login page; asked for")
		if all, err := s.Runs(t.Context(), store.Filter{}); err != nil || all[0].Deliveries[0].Tries != nil {
			t.Errorf("a list of runs has tries: %+v, %v", all, err)
		}
	})
}

// What arrives at once costs no row, and its try is known all the same.
func TestAFirstTryThatArrives(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		s := open(t, dsn)
		r := &receiver{answer: func(store.Delivery) store.DeliveryResult { return store.Delivered("doubtful") }}
		work(t, s, store.WorkOptions{Handler: owing("hook"), Deliver: r.handle})
		enqueue(t, s, due("job", tick))
		awaitState(t, s, id("job"), store.Succeeded)
		awaitDelivery(t, s, id("job"), store.DeliveryDelivered, 1)
		expectTries(t, s, id("job"), "1 delivered: doubtful")
		if n, err := s.Count(t.Context(), "SELECT count(*) FROM tries"); n != 0 || err != nil {
			t.Errorf("%d rows, %v", n, err)
		}
	})
}

// However often a message is tried, the ledger keeps the first try and the newest.
func TestTriesAreBounded(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		s := open(t, dsn)
		run, other := owes(t, s, "job", "hook"), owes(t, s, "other", "hook")
		tries := slices.Repeat([]store.DeliveryResult{store.Retry(time.Microsecond, errors.New("503"))}, 25)
		sendAll(t, s, other, answers(tries[0], tries[0], store.Delivered("")))
		sendAll(t, s, run, answers(append(tries, store.Delivered(""))...))
		want := []string{"1 failed: 503; goes on"}
		for i := 7; i <= 25; i++ {
			want = append(want, strconv.Itoa(i)+" failed: 503; goes on")
		}
		expectTries(t, s, run, append(want, "26 delivered")...)
		expectTries(t, s, other, "1 failed: 503; goes on", "2 failed: 503; goes on", "3 delivered")
	})
}

// A try whose process is gone has an end, too, and a late one says nothing.
func TestALostTryIsTold(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		s := open(t, dsn)
		run := owes(t, s, "job", "hook")
		sendAll(t, s, run, func(_ context.Context, d store.Delivery) store.DeliveryResult {
			if d.Attempt > 1 {
				return store.Delivered("")
			}
			if err := s.Write(t.Context(), "UPDATE deliveries SET node = 'gone' WHERE state = 'sending'"); err != nil {
				t.Error(err)
			}
			if err := s.Sweep(t.Context()); err != nil {
				t.Error(err)
			}
			return store.Final(errors.New("410, too late"))
		})
		expectTries(t, s, run, "1 lost: the process that sent it was lost; goes on", "2 delivered")
	})
}

// Tries go with what they were of: with a message that another attempt replaces, and with
// a run that is forgotten.
func TestTriesGoWithTheirMessage(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		s := open(t, dsn)
		refused := answers(store.Final(errors.New("410")))
		sendAll(t, s, owes(t, s, "job", "hook"), refused)
		run := owes(t, s, "job", "hook") // again, so that the message is another one
		expectTries(t, s, run, "")
		count := func(want int) {
			t.Helper()
			if n, err := s.Count(t.Context(), "SELECT count(*) FROM tries"); n != want || err != nil {
				t.Errorf("%d tries are in the ledger, want %d; %v", n, want, err)
			}
		}
		count(0)
		sendAll(t, s, run, refused)
		count(1)

		c, _, err := s.Begin(t.Context(), store.Begin{Job: "job", Tick: at(60)})
		if err == nil {
			err = s.Finish(t.Context(), c, owing("hook")(t.Context(), c))
		}
		if err != nil {
			t.Fatal(err)
		}
		sendAll(t, s, c.Run, answers(store.Retry(time.Millisecond, errors.New("503")), store.Delivered("")))
		count(3)
		if err := s.Write(t.Context(), "UPDATE runs SET created_at = tick"); err != nil {
			t.Fatal(err)
		}
		if gone, err := s.Retention(t.Context(), store.Keep{Age: time.Hour}); err != nil || gone != 1 {
			t.Errorf("%d runs went, %v", gone, err)
		}
		count(2)
		expectTries(t, s, c.Run, "1 failed: 503; goes on", "2 delivered")
	})
}

// A heartbeat that is taken back takes its tries along.
func TestTriesGoWithAHeartbeatThatIsTakenBack(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		s := open(t, dsn)
		beat := func(i int) string {
			t.Helper()
			c, _, err := s.Begin(t.Context(), store.Begin{Job: "job", Tick: at(i)})
			if err == nil {
				err = s.Finish(t.Context(), c, store.Outcome{State: store.Succeeded,
					Deliveries: []store.NewDelivery{{Kind: "heartbeat", Receiver: "beat", Target: "beat"}}})
			}
			if err != nil {
				t.Fatal(err)
			}
			return c.Run
		}
		if _, err := s.Deliver(t.Context(), beat(0), 0, answers(store.Retry(time.Hour, errors.New("503")))); err != nil {
			t.Fatal(err)
		}
		if n, err := s.Count(t.Context(), "SELECT count(*) FROM tries"); n != 1 || err != nil {
			t.Errorf("%d tries, %v", n, err)
		}
		beat(1)
		if n, err := s.Count(t.Context(), "SELECT count(*) FROM tries"); n != 0 || err != nil {
			t.Errorf("%d tries of a heartbeat that was taken back, %v", n, err)
		}
	})
}
