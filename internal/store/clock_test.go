package store_test

import (
	"errors"
	"testing"
	"time"

	"speckle-runner/internal/store"
	"speckle-runner/internal/store/history"
	"speckle-runner/internal/store/storetest"
)

func TestNothingIsWrittenAboutATickThatIsStillToCome(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		s := open(t, dsn)
		c, err := s.Clock(t.Context())
		if err != nil || !c.Newest.IsZero() {
			t.Fatalf("%+v, %v", c, err)
		}
		ahead := c.Now.Add(5 * time.Hour)
		_, err = s.Enqueue(t.Context(), []store.Due{due("job", tick), due("job", ahead)})
		if told, ok := errors.AsType[*store.AheadError](err); !ok || !told.Tick.Equal(ahead) || told.Now.Before(c.Now.Add(-history.Grain)) {
			t.Errorf("enqueue: %v", err)
		}
		_, err = s.Record(t.Context(), []store.End{
			{Job: "job", Tick: tick, Trigger: store.CatchUp, State: store.Missed},
			{Job: "job", Tick: ahead, Trigger: store.CatchUp, State: store.Missed},
		})
		if _, ok := errors.AsType[*store.AheadError](err); !ok {
			t.Errorf("record: %v", err)
		}
		if n, err := s.Count(t.Context(), "SELECT count(*) FROM runs"); n != 0 || err != nil {
			t.Errorf("%d rows were written, %v", n, err)
		}
		if fresh := enqueue(t, s, due("job", c.Now)); !fresh[0] {
			t.Error("a tick of this moment is refused")
		}
		if c, err := s.Clock(t.Context()); err != nil || c.Newest.IsZero() {
			t.Errorf("%+v, %v", c, err)
		}
	})
}

// A run that is asked for now has a tick that the database's clock has reached.
func TestAMomentIsNotAhead(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		s := open(t, dsn)
		for range 20 {
			now, err := s.Moment(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if fresh := enqueue(t, s, store.Due{Job: "job", Tick: now, Trigger: store.API}); !fresh[0] {
				t.Errorf("%s is not new", now)
			}
		}
	})
}

// The clock of a file is this machine's, to the microsecond: whoever waits by it isn't late.
func TestAFilesClockIsExact(t *testing.T) {
	t.Parallel()
	s := open(t, storetest.SQLite(t))
	for range 20 {
		before := time.Now().Round(0).Truncate(time.Microsecond)
		c, err := s.Clock(t.Context())
		if after := time.Now().Round(0); err != nil || c.Now.Before(before) || c.Now.After(after) {
			t.Errorf("%s, between %s and %s; %v", c.Now, before, after, err)
		}
	}
}

// What a clock that was ahead had recorded as missed is due when its time
// comes; what was missed stays missed.
func TestARecordOfTheFutureIsVoid(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		s := open(t, dsn)
		recordMissed(t, s, at(1))
		recordMissed(t, s, at(2))
		if err := s.Write(t.Context(), "UPDATE runs SET created_at = {now} + 3600000000 WHERE tick = $1", at(1).UnixMicro()); err != nil {
			t.Fatal(err)
		}
		if fresh := enqueue(t, s, due("job", at(1)), due("job", at(2))); !fresh[0] || fresh[1] {
			t.Errorf("new: %v, want the first", fresh)
		}
		if run := getRun(t, s, store.RunID("job", at(1))); run.State != store.Scheduled || run.FinishedAt != nil || run.Error != "" {
			t.Errorf("%+v", run)
		}
		if run := getRun(t, s, store.RunID("job", at(2))); run.State != store.Missed {
			t.Errorf("%+v", run)
		}
		work(t, s, store.WorkOptions{Handler: owing()})
		awaitState(t, s, store.RunID("job", at(1)), store.Succeeded)
	})
}
