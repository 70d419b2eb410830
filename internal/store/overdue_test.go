package store_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"speckle-runner/internal/store"
	"speckle-runner/internal/store/storetest"
)

// patient tries for ever, an hour later each time, and can be told that the
// next tick has come.
type patient struct {
	mu    sync.Mutex
	over  bool
	asked []store.Failing
	ended []store.End
}

func (p *patient) options() store.WorkOptions {
	return store.WorkOptions{
		Retry: func(f store.Failing, _ time.Time) (time.Duration, bool) {
			p.mu.Lock()
			defer p.mu.Unlock()
			p.asked = append(p.asked, f)
			return time.Hour, true
		},
		Over: func(store.Failing, time.Time) bool {
			p.mu.Lock()
			defer p.mu.Unlock()
			return p.over
		},
		Ended: func(e store.End) []store.NewDelivery {
			p.mu.Lock()
			defer p.mu.Unlock()
			p.ended = append(p.ended, e)
			return nil
		},
	}
}

func (p *patient) set(over bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.over = over
}

var away = store.Outcome{State: store.Failed, Error: "the server is away", Cause: "network", Passing: true, After: time.Minute}

// fail makes a run's next attempt fail, and let it wait.
func fail(t *testing.T, s *store.Store) store.Claim {
	t.Helper()
	c := fetchOne(t, s)
	if err := s.Ending(c, away).Write(s); err != nil {
		t.Fatal(err)
	}
	return c
}

// ripe makes what waits due now.
func ripe(t *testing.T, s *store.Store) {
	t.Helper()
	for _, statement := range []string{
		"UPDATE river_job SET scheduled_at = (SELECT min(created_at) FROM river_job) WHERE state = 'available'",
		"UPDATE runs SET due_at = 1 WHERE state = 'scheduled'",
	} {
		if err := s.Write(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
}

// For how long a run is tried counts from its first failure, through a lost
// node and on another one.
func TestSinceWhenARunFailsIsInTheLedger(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		p := &patient{}
		s, _ := manual(t, dsn, p.options())
		other, _ := manual(t, dsn, p.options())
		enqueue(t, s, due("job", at(0)))
		first := fail(t, s)
		run := getRun(t, s, runID("job", 0))
		if run.State != store.Scheduled || run.TriesAgainAt == nil || run.Error != away.Error {
			t.Fatalf("%+v", run)
		}
		if wait := time.Until(*run.TriesAgainAt); wait < 30*time.Minute || wait > time.Hour {
			t.Errorf("it waits for %s", wait)
		}
		if waiting, err := s.Retrying(t.Context()); err != nil || !waiting["job"].Equal(*run.TriesAgainAt) || len(waiting) != 1 {
			t.Errorf("%v, %v", waiting, err)
		}
		if claims, err := s.Fetch(t.Context(), 5); err != nil || len(claims) != 0 {
			t.Fatalf("before its time: %+v, %v", claims, err)
		}
		ripe(t, s)
		if second := fetchOne(t, s); second.Failures != 1 || !second.Since.Equal(first.Began.UTC().Truncate(time.Microsecond)) {
			t.Errorf("%+v, the first %+v", second, first)
		}
		if running := getRun(t, s, runID("job", 0)); running.TriesAgainAt != nil {
			t.Errorf("%+v", running)
		}
		loseLease(t, s, other)
		third := fail(t, other)
		last := p.asked[len(p.asked)-1]
		if third.Attempt != 3 || last.Failures != 2 || !last.Since.Equal(third.Since) || last.Since.After(third.Began) || !last.Passing ||
			last.After != time.Minute {
			t.Errorf("%+v: %+v", third, last)
		}
	})
}

// A run that waited into the job's next tick has failed of what its last
// attempt failed of, and that tick runs whatever overlap says.
func TestARunThatWaitsMakesRoomForTheNextTick(t *testing.T) {
	for _, policy := range []store.Overlap{store.OverlapSkip, store.OverlapQueue, store.OverlapReplace} {
		t.Run(string(policy), func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, dsn string) {
				p := &patient{}
				o := p.options()
				o.Overlap = always(policy)
				s, _ := manual(t, dsn, o)
				enqueue(t, s, due("job", at(0)))
				fail(t, s)
				p.set(true)
				enqueue(t, s, due("job", at(1)))
				if c := fetchOne(t, s); c.Run != runID("job", 1) {
					t.Errorf("%+v", c)
				}
				if run := getRun(t, s, runID("job", 0)); run.State != store.Failed ||
					!strings.HasPrefix(run.Error, away.Error+" (attempt 1 was the last") || run.TriesAgainAt != nil {
					t.Errorf("%+v", run)
				}
				if len(p.ended) != 1 || p.ended[0].State != store.Failed || p.ended[0].Cause != "network" || p.ended[0].Trigger != store.Schedule {
					t.Errorf("told %+v", p.ended)
				}
				if n, err := s.Count(t.Context(), "SELECT count(*) FROM river_job"); n != 1 || err != nil {
					t.Errorf("%d in the queue, %v", n, err)
				}
			})
		})
	}
}

// Found after a night without power, with its next tick beside it, it is told
// once, and not run.
func TestARunThatSleptThroughItsNextTickIsNotRun(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		p := &patient{}
		s, _ := manual(t, dsn, p.options())
		enqueue(t, s, due("job", at(0)))
		fail(t, s)
		p.set(true)
		enqueue(t, s, due("job", at(1)))
		ripe(t, s)
		claims, err := s.Fetch(t.Context(), 5)
		if err != nil || len(claims) != 1 || claims[0].Run != runID("job", 1) {
			t.Fatalf("%+v, %v", claims, err)
		}
		if run := getRun(t, s, runID("job", 0)); run.State != store.Failed || run.Attempt != 1 || len(p.ended) != 1 {
			t.Errorf("%+v, told %+v", run, p.ended)
		}
	})
}

// Somebody who asks for a run now gets one, beside one that waits to be tried again.
func TestARunThatIsAskedForIsntSkippedForOneThatWaits(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		p := &patient{}
		s, _ := manual(t, dsn, p.options())
		enqueue(t, s, due("job", at(0)))
		fail(t, s)
		enqueue(t, s, store.Due{Job: "job", Tick: at(1), Trigger: store.API}, due("job", at(2)))
		asked := fetchOne(t, s)
		if asked.Run != runID("job", 1) {
			t.Fatalf("%+v", asked)
		}
		if claims, err := s.Fetch(t.Context(), 5); err != nil || len(claims) != 0 {
			t.Errorf("%+v, %v", claims, err)
		}
		if run := getRun(t, s, runID("job", 2)); run.State != store.Skipped {
			t.Errorf("%+v", run)
		}
		if err := s.Ending(asked, store.Outcome{State: store.Succeeded}).Write(s); err != nil {
			t.Fatal(err)
		}
		ripe(t, s)
		if c := fetchOne(t, s); c.Run != runID("job", 0) || c.Attempt != 2 {
			t.Errorf("%+v", c)
		}
	})
}
