package store_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"speckle-runner/internal/store"
	"speckle-runner/internal/store/storetest"
)

func owe(t *testing.T, s *store.Store, job string, n int) {
	t.Helper()
	dues := make([]store.Due, n)
	for i := range dues {
		dues[i] = store.Due{Job: job, Tick: at(i), Trigger: store.CatchUp}
	}
	enqueue(t, s, dues...)
}

// owedCost gives how many rows the database gives and takes for a few runs of
// a job that owes n, and for one of another job in between.
func owedCost(t *testing.T, dsn string, n int) int64 {
	t.Helper()
	s, w := manual(t, dsn, store.WorkOptions{})
	owe(t, s, "job", n)
	w.Rows.Store(0)
	for i := range 10 {
		enqueue(t, s, due("other", at(i)))
		claims, err := s.Fetch(t.Context(), 100)
		if err != nil || len(claims) != 2 || !slices.ContainsFunc(claims, func(c store.Claim) bool { return c.Run == runID("job", i) }) {
			t.Fatalf("%d. fetch: %+v, %v", i, claims, err)
		}
		for _, c := range claims {
			if err := s.Ending(c, store.Outcome{State: store.Succeeded}).Write(s); err != nil {
				t.Fatal(err)
			}
		}
	}
	rows := w.Rows.Load()
	if inQueue, err := s.Count(t.Context(), "SELECT count(*) FROM river_job"); inQueue != 1 || err != nil {
		t.Errorf("%d runs of %d are in the queue, want the next one (%v)", inQueue, n-10, err)
	}
	if waiting, _, err := s.Counts(t.Context()); waiting != int64(n-10) || err != nil {
		t.Errorf("%d runs wait, want %d (%v)", waiting, n-10, err)
	}
	return rows
}

// What a job owes must not make its own runs slower, nor those of others.
func TestThousandsOwedCostNoMoreThanAFew(t *testing.T) {
	storetest.Each(t, func(t *testing.T, few string) {
		many := storetest.SQLite(t)
		if strings.HasPrefix(few, "postgres") {
			many = storetest.Postgres(t)
		}
		if a, b := owedCost(t, few, 20), owedCost(t, many, 3000); a != b {
			t.Errorf("ten runs cost %d rows where 20 are owed, and %d where 3000 are", a, b)
		}
	})
}

// Counting rows says nothing about those that a database reads to find them.
func TestTheNextOwedRunIsFoundByItsIndex(t *testing.T) {
	s := open(t, storetest.SQLite(t))
	plan := s.PlanOfNext(t.Context())
	if strings.Contains(plan, "SCAN a") || strings.Contains(plan, "autoindex") ||
		!strings.Contains(plan, "SEARCH o USING COVERING INDEX runs_owed (job=? AND waiting=?)") ||
		!strings.Contains(plan, "SEARCH a USING INDEX runs_active") {
		t.Errorf("%s", plan)
	}
}

// What is owed is let go when the run that it waits for ends in whatever way,
// and when a claim finds no slot it stays the next one.
func TestTheNextOwedRunComesAfterEveryEnd(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		known := true
		s, _ := manual(t, dsn, store.WorkOptions{Known: func(string) bool { return known }, Retry: again(1)})
		other, _ := manual(t, dsn, store.WorkOptions{Known: func(string) bool { return true }})
		owe(t, s, "job", 7)
		next := func(i int) store.Claim {
			t.Helper()
			claims, err := s.Fetch(t.Context(), 5)
			if err != nil || len(claims) != 1 || claims[0].Run != runID("job", i) {
				t.Fatalf("%+v is next, want the %d. run (%v)", claims, i, err)
			}
			return claims[0]
		}
		end := func(e store.PreparedEnd) {
			t.Helper()
			if err := e.Write(s); err != nil {
				t.Fatal(err)
			}
		}
		end(store.GivingBack(next(0)))
		if err := s.Sweep(t.Context()); err != nil { // lets go what nobody will let go
			t.Fatal(err)
		}
		end(s.Ending(next(0), store.Outcome{State: store.Succeeded}))
		if err := s.Cancel(t.Context(), runID("job", 1)); err != nil {
			t.Fatal(err)
		}
		if err := s.Cancel(t.Context(), runID("job", 3)); err != nil { // out of turn
			t.Fatal(err)
		}
		next(2)
		loseLease(t, s, other) // the run is tried again
		end(s.Ending(next(2), store.Outcome{State: store.Canceled}))
		// By hand, in its turn and beside another.
		byHand, _, err := s.Begin(t.Context(), store.Begin{Job: "job", Tick: at(4)})
		if err != nil {
			t.Fatal(err)
		}
		if claims, err := s.Fetch(t.Context(), 5); len(claims) != 0 || err != nil {
			t.Errorf("%+v, %v", claims, err)
		}
		if err := s.Finish(t.Context(), byHand, store.Outcome{State: store.Succeeded}); err != nil {
			t.Fatal(err)
		}
		end(s.Ending(next(5), store.Outcome{State: store.Failed, Final: true}))
		known = false
		if err := s.Write(t.Context(), "UPDATE runs SET due_at = 1 WHERE job = 'job'"); err != nil {
			t.Fatal(err)
		}
		if claims, err := s.Fetch(t.Context(), 5); len(claims) != 0 || err != nil {
			t.Errorf("%+v, %v", claims, err)
		}
		for i, want := range []store.State{store.Succeeded, store.Canceled, store.Canceled, store.Canceled, store.Succeeded, store.Failed,
			store.Canceled} {
			if run := getRun(t, s, runID("job", i)); run.State != want {
				t.Errorf("%+v, want %s", run, want)
			}
		}
		if n, err := s.Count(t.Context(), "SELECT count(*) FROM river_job"); n != 0 || err != nil {
			t.Errorf("%d left in the queue, %v", n, err)
		}
	})
}

// What is owed and hasn't begun stands in nobody's way.
func TestADueTickOvertakesWhatIsOwed(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		s, _ := manual(t, dsn, store.WorkOptions{})
		owe(t, s, "job", 3)
		enqueue(t, s, due("job", at(9)))
		first := fetchOne(t, s)
		if first.Run != runID("job", 9) {
			t.Fatalf("%+v", first)
		}
		if claims, err := s.Fetch(t.Context(), 10); len(claims) != 0 || err != nil { // the next one finds that it has to wait
			t.Errorf("%+v, %v", claims, err)
		}
		if err := s.Ending(first, store.Outcome{State: store.Succeeded}).Write(s); err != nil {
			t.Fatal(err)
		}
		if n, err := s.Count(t.Context(), "SELECT count(*) FROM runs WHERE state = 'skipped'"); n != 0 || err != nil {
			t.Errorf("%d skipped, %v", n, err)
		}
		if c := fetchOne(t, s); c.Trigger != store.CatchUp {
			t.Errorf("%+v", c)
		}
	})
}

// A run that others of its job wait for is fetched like theirs: where a node never gets to
// the end of what is due, the job would stand still.
func TestWhatStandsInTheWayIsFetchedInItsTurn(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		s, _ := manual(t, dsn, store.WorkOptions{})
		owe(t, s, "job", 2)
		first := fetchOne(t, s)
		enqueue(t, s, due("early", at(8)))
		if err := s.Ending(first, store.Outcome{State: store.Succeeded}).Write(s); err != nil {
			t.Fatal(err)
		}
		enqueue(t, s, due("late", at(9)))
		for _, want := range []string{runID("early", 8), runID("job", 1), runID("late", 9)} {
			claims, err := s.Fetch(t.Context(), 1)
			if err != nil || len(claims) != 1 || claims[0].Run != want {
				t.Errorf("%+v, %v, want %s", claims, err, want)
			}
		}
	})
}

// A spread is waited for, also where the next one is let go by an end.
func TestWhatIsOwedWaitsForItsSpread(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		s, _ := manual(t, dsn, store.WorkOptions{})
		enqueue(t, s, store.Due{Job: "job", Tick: at(0), Trigger: store.CatchUp},
			store.Due{Job: "job", Tick: at(1), Trigger: store.CatchUp, Delay: time.Hour})
		if err := s.Ending(fetchOne(t, s), store.Outcome{State: store.Succeeded}).Write(s); err != nil {
			t.Fatal(err)
		}
		if claims, err := s.Fetch(t.Context(), 10); len(claims) != 0 || err != nil {
			t.Errorf("%+v, %v", claims, err)
		}
		if n, err := s.Count(t.Context(), "SELECT count(*) FROM river_job"); n != 1 || err != nil {
			t.Errorf("%d in the queue, %v", n, err)
		}
	})
}
