package store_test

import (
	"bytes"
	"testing"
	"time"

	"speckle-runner/internal/store"
	"speckle-runner/internal/store/storetest"
)

// tell ends a run that says what it has told.
func tell(t *testing.T, s *store.Store, job string, at time.Time, state store.State, known []byte) {
	t.Helper()
	c, _, err := s.Begin(t.Context(), store.Begin{Job: job, Tick: at})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Finish(t.Context(), c, store.Outcome{State: state, Known: known}); err != nil {
		t.Fatal(err)
	}
}

// TestKnownRecords: a mark is answered by its own run, and only by a good one.
func TestKnownRecords(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		s := open(t, dsn)
		expect := func(job string, at time.Time, want []byte) {
			t.Helper()
			got, err := s.Known(t.Context(), job, at)
			if err != nil || !bytes.Equal(got, want) {
				t.Errorf("%s at %s: %d bytes, want %d; %v", job, at, len(got), len(want), err)
			}
		}
		large := bytes.Repeat([]byte{0, 1, 0xff, ';', '\n'}, 1<<20)
		tell(t, s, "job", at(0), store.Succeeded, large)
		tell(t, s, "job", at(1), store.Failed, []byte("a failed run's"))
		tell(t, s, "job", at(2), store.Succeeded, []byte("second"))
		tell(t, s, "other", at(0), store.Succeeded, []byte("other"))
		tell(t, s, "other", at(1), store.Succeeded, nil)
		expect("job", at(0), large)
		expect("job", at(1), nil)
		expect("job", at(2), []byte("second"))
		expect("job", at(3), nil)
		expect("other", at(0), []byte("other"))
		expect("other", at(1), nil)

		// The same tick again says it anew, also that it can't say.
		tell(t, s, "job", at(2), store.Failed, []byte("not this"))
		expect("job", at(2), []byte("second"))
		tell(t, s, "job", at(2), store.Succeeded, []byte{})
		expect("job", at(2), nil)
		tell(t, s, "job", at(2), store.Succeeded, []byte("third"))
		expect("job", at(2), []byte("third"))
	})
}

// TestKnownRecordsGoWithTheirRuns: and what the last good run told stays.
func TestKnownRecordsGoWithTheirRuns(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		s := open(t, dsn)
		old := time.Now().Add(-100 * 24 * time.Hour).Truncate(time.Second)
		for i := range 3 {
			tell(t, s, "job", old.Add(time.Duration(i)*time.Minute), store.Succeeded, []byte("some"))
		}
		if err := s.Write(t.Context(), "UPDATE runs SET created_at = tick"); err != nil {
			t.Fatal(err)
		}
		if gone, err := s.Retention(t.Context(), store.Keep{Age: 30 * 24 * time.Hour}); err != nil || gone != 2 {
			t.Fatalf("%d went, %v", gone, err)
		}
		last, err := s.Known(t.Context(), "job", old.Add(2*time.Minute))
		if n, counted := s.Count(t.Context(), "SELECT count(*) FROM known_records"); n != 1 || counted != nil || string(last) != "some" ||
			err != nil {
			t.Errorf("%d are kept, %v; of the last: %q, %v", n, counted, last, err)
		}
	})
}
