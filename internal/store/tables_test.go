package store_test

import (
	"bytes"
	"testing"
	"time"

	"speckle-runner/internal/store"
	"speckle-runner/internal/store/storetest"
)

// TestTables: what a good run wrote its outputs with is known to the next, also
// when the run itself is forgotten; a failed run says nothing.
func TestTables(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		s := open(t, dsn)
		write := func(job string, tick time.Time, state store.State, tables ...store.Table) {
			t.Helper()
			c, _, err := s.Begin(t.Context(), store.Begin{Job: job, Tick: tick})
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Finish(t.Context(), c, store.Outcome{State: state, Tables: tables}); err != nil {
				t.Fatal(err)
			}
		}
		expect := func(job, output string, tick time.Time, state string) {
			t.Helper()
			got, err := s.Tables(t.Context(), job, []string{output, "file never.parquet"})
			if one := got[output]; err != nil || len(got) != 1 || !one.Tick.Equal(tick) || !bytes.Equal(one.State, []byte(state)) {
				t.Errorf("%s of %s: %+v, %v, want %s at %s", output, job, got, err, state, tick)
			}
		}
		a, b := "file a\x00 '{date}.parquet", "file b.parquet"
		write("job", at(1), store.Succeeded, store.Table{Output: b, State: []byte("b1\x00;\n")})
		write("job", at(2), store.Succeeded, store.Table{Output: b, State: []byte("b2")})
		write("other", at(3), store.Succeeded, store.Table{Output: b, State: []byte("other")})
		write("job", at(4), store.Failed, store.Table{Output: b, State: []byte("not this")})
		expect("job", b, at(2), "b2")
		expect("other", b, at(3), "other")

		// A run of an older tick tells what lies there now, and isn't the newest.
		write("job", at(0), store.Succeeded, store.Table{Output: b, State: []byte("b0")})
		expect("job", b, at(2), "b0")
		if got, err := s.Tables(t.Context(), "job", []string{a}); err != nil || len(got) != 0 {
			t.Errorf("%v, %v", got, err)
		}

		// It outlives its runs.
		write("job", at(5), store.Succeeded)
		if err := s.Write(t.Context(), "UPDATE runs SET created_at = 0, tick = tick - 100000000000000"); err != nil {
			t.Fatal(err)
		}
		if gone, err := s.Retention(t.Context(), store.Keep{Count: 1}); err != nil || gone == 0 {
			t.Fatalf("%d went, %v", gone, err)
		}
		expect("job", b, at(2), "b0")
	})
}
