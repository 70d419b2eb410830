package store_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"speckle-runner/internal/store"
	"speckle-runner/internal/store/storetest"
)

// TestVersionTicks: a version has one tick, whichever node asks, and two of one
// instant have two.
func TestVersionTicks(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		s := open(t, dsn)
		stores := []*store.Store{s}
		if strings.HasPrefix(dsn, "postgres") { // two nodes
			stores = append(stores, open(t, dsn))
		}
		made := []store.Version{{ID: "a", Model: "m", Created: tick}, {ID: "b", Model: "n", Created: tick}, {ID: "c", Model: "m", Created: at(1)}}
		enqueue(t, s, due("job", tick)) // a schedule's tick of that instant is another run
		var all [4][]time.Time
		var wait sync.WaitGroup
		for i := range all {
			wait.Go(func() {
				var err error
				if all[i], err = stores[i%len(stores)].VersionTicks(t.Context(), "job", made); err != nil {
					t.Error(err)
				}
			})
		}
		wait.Wait()
		for _, ticks := range all[1:] {
			if !slices.Equal(ticks, all[0]) {
				t.Errorf("%v and %v", ticks, all[0])
			}
		}
		want := []time.Time{tick.Add(time.Microsecond), tick.Add(2 * time.Microsecond), at(1)}
		if !slices.Equal(all[0], want) {
			t.Errorf("%v, want %v", all[0], want)
		}
		for i, v := range made {
			if got, known, err := s.VersionOf(t.Context(), "job", want[i]); err != nil || !known || got != v {
				t.Errorf("%+v, %v, %v, want %+v", got, known, err, v)
			}
		}
		if _, known, err := s.VersionOf(t.Context(), "job", tick); known || err != nil {
			t.Errorf("a run of no version has one: %v", err)
		}
		if ticks, err := s.VersionTicks(t.Context(), "other", made[1:2]); err != nil || !ticks[0].Equal(tick) {
			t.Errorf("%v, %v: another job's ticks are its own", ticks, err)
		}
	})
}

// TestLooks: of several nodes one looks, a mark never goes back, and looking
// somewhere else begins anew.
func TestLooks(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		s := open(t, dsn)
		take := func(place string, every time.Duration) (store.VersionMark, bool) {
			t.Helper()
			m, taken, err := s.TakeLook(t.Context(), "job", place, every)
			if err != nil {
				t.Fatal(err)
			}
			return m, taken
		}
		end := func(upto time.Time, ids ...string) {
			t.Helper()
			if err := s.EndLook(t.Context(), "job", "here", upto, ids, nil); err != nil {
				t.Fatal(err)
			}
		}
		if m, taken := take("here", time.Hour); !taken || !m.Looked.IsZero() {
			t.Fatalf("%+v, %v", m, taken)
		}
		if _, taken := take("here", time.Hour); taken {
			t.Error("two nodes look at once")
		}
		if m, taken := take("here", 0); !taken || !m.Looked.IsZero() {
			t.Errorf("%+v, %v: a look that didn't come through is none", m, taken)
		}
		end(at(3), "a")
		end(at(2), "z")      // a slow node's
		end(at(3), "a", "b") // one more of that instant
		end(at(3), "b")
		if m, taken := take("here", 0); !taken || !m.Upto.Equal(at(3)) || fmt.Sprint(m.IDs) != "[a b]" || m.Looked.IsZero() {
			t.Errorf("%+v, %v", m, taken)
		}
		if m, taken := take("there", time.Hour); !taken || !m.Looked.IsZero() || len(m.IDs) > 0 || m.Upto.Equal(at(3)) {
			t.Errorf("%+v, %v: another place begins anew", m, taken)
		}
		if n, err := s.Count(t.Context(), "SELECT count(*) FROM version_marks"); n != 1 || err != nil {
			t.Errorf("%d rows, %v", n, err)
		}
	})
}

// TestFailingLooks: people are told once of looks that fail for long, by a run
// that has failed, and once when they come through again. What happens at one
// place isn't told of another.
func TestFailingLooks(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		s := open(t, dsn)
		ctx := t.Context()
		take := func(place string) store.VersionMark {
			t.Helper()
			m, taken, err := s.TakeLook(ctx, "job", place, 0)
			if err != nil || !taken {
				t.Fatal(taken, err)
			}
			return m
		}
		fail := func(place string, patience time.Duration, want bool) {
			t.Helper()
			if since, err := s.FailLook(ctx, "job", place, patience); since.IsZero() == want || err != nil {
				t.Errorf("since %v, %v, want one: %v", since, err, want)
			}
		}
		tell := func(place string, tick time.Time, want bool) {
			t.Helper()
			end := store.End{Job: "job", Tick: tick, Trigger: store.OnVersion, Reason: "no answer", Deliveries: []store.NewDelivery{
				{Kind: "failure", Target: "people", Receiver: "people", Cause: "looks", ID: fmt.Sprint("failure", tick.Unix())},
			}}
			if told, err := s.TellLook(ctx, place, end); told != want || err != nil {
				t.Errorf("told %v, %v, want %v", told, err, want)
			}
		}
		recovery := []store.NewDelivery{{Kind: "recovery", Target: "people", Receiver: "people", IfTold: true, ID: "recovery"}}
		end := func(place string) {
			t.Helper()
			if err := s.EndLook(ctx, "job", place, at(1), nil, recovery); err != nil {
				t.Error(err)
			}
		}
		messages := func(tick time.Time) string {
			t.Helper()
			run, err := s.Run(ctx, store.RunID("job", tick))
			if err != nil {
				t.Fatal(err)
			}
			if run.State != store.Failed || run.Error != "no answer" || run.Trigger != store.OnVersion {
				t.Errorf("%+v", run)
			}
			var ids []string
			for _, d := range run.Deliveries {
				ids = append(ids, d.ID)
			}
			return strings.Join(ids, " ")
		}
		take("here")
		fail("here", time.Hour, false)
		end("here") // nobody was told
		fail("here", 0, true)
		tell("here", at(2), true)
		tell("here", at(3), false)
		fail("here", 0, false)
		if got := messages(at(2)); got != fmt.Sprint("failure", at(2).Unix()) {
			t.Errorf("%s", got)
		}
		if m := take("here"); !m.Told.Equal(at(2)) {
			t.Errorf("%+v", m)
		}
		end("here")
		end("here")
		if got := messages(at(2)); got != fmt.Sprint("failure", at(2).Unix())+" recovery" {
			t.Errorf("%s", got)
		}
		take("here")
		fail("here", 0, true)
		if m := take("there"); !m.Told.IsZero() {
			t.Errorf("%+v", m)
		}
		tell("there", at(4), false)
		fail("there", time.Hour, false)
		fail("there", 0, true)
		tell("there", at(4), true)
	})
}
