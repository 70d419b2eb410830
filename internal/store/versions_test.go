package store_test

import (
	"fmt"
	"slices"
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
		made := []store.Version{{ID: "a", Model: "m", Created: tick}, {ID: "b", Model: "n", Created: tick}, {ID: "c", Model: "m", Created: at(1)}}
		enqueue(t, s, due("job", tick)) // a schedule's tick of that instant is another run
		var all [4][]time.Time
		var wait sync.WaitGroup
		for i := range all {
			wait.Go(func() {
				var err error
				if all[i], err = s.VersionTicks(t.Context(), "job", made); err != nil {
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
			if recovered, err := s.EndLook(t.Context(), "job", "here", upto, ids); recovered || err != nil {
				t.Fatal(recovered, err)
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

// TestFailingLooks: people are told once of looks that fail for long, and once
// when they come through again.
func TestFailingLooks(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		s := open(t, dsn)
		if _, _, err := s.TakeLook(t.Context(), "job", "here", 0); err != nil {
			t.Fatal(err)
		}
		fail := func(patience time.Duration, want bool) {
			t.Helper()
			if tell, err := s.FailLook(t.Context(), "job", "here", patience); tell != want || err != nil {
				t.Errorf("tell %v, %v, want %v", tell, err, want)
			}
		}
		end := func(want bool) {
			t.Helper()
			if recovered, err := s.EndLook(t.Context(), "job", "here", at(1), nil); recovered != want || err != nil {
				t.Errorf("recovered %v, %v, want %v", recovered, err, want)
			}
		}
		fail(time.Hour, false)
		end(false) // nobody was told
		fail(0, true)
		fail(0, false)
		end(true)
		end(false)
		fail(0, true)
	})
}
