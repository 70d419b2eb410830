package target_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"speckle-runner/internal/output/target"
)

// TestLeaseIsAskedWhenItNears holds that it isn't asked for every file.
func TestLeaseIsAskedWhenItNears(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		asked, until := 0, time.Now().Add(time.Hour)
		lease := target.NewLease(func(context.Context) (time.Time, error) { asked++; return until, nil })
		for range 100 {
			if err := lease.Check(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if asked != 1 {
			t.Errorf("asked %d times", asked)
		}
		time.Sleep(50 * time.Minute)
		until = until.Add(time.Hour)
		if err := lease.Check(t.Context()); err != nil || asked != 2 {
			t.Errorf("asked %d times, %v", asked, err)
		}
		time.Sleep(time.Hour + 11*time.Minute)
		if err := lease.Check(t.Context()); err == nil {
			t.Error("an answer that has passed is good enough")
		}
		var none *target.Lease
		if err := none.Check(t.Context()); err != nil || target.NewLease(nil) != nil {
			t.Errorf("nobody to ask: %v", err)
		}
	})
}

// TestALateAnswerIsAskedForAgain: on a slow disk an answer may be longer on its
// way than it holds; the run is its own all the same.
func TestALateAnswerIsAskedForAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const holds = 5 * time.Second
		took := []time.Duration{6 * time.Second, 5 * time.Second, 4 * time.Second}
		lease := target.NewLease(func(context.Context) (time.Time, error) {
			until := time.Now().Add(holds)
			time.Sleep(took[0])
			took = took[1:]
			return until, nil
		})
		if err := lease.Check(t.Context()); err != nil || len(took) > 0 {
			t.Errorf("%v, %d answers left", err, len(took))
		}
	})
	lost := errors.New("another has it")
	lease := target.NewLease(func(context.Context) (time.Time, error) { return time.Time{}, lost })
	if err := lease.Check(t.Context()); !errors.Is(err, lost) {
		t.Errorf("it is lost: %v", err)
	}
}
