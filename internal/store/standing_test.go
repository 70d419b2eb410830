package store_test

import (
	"errors"
	"maps"
	"slices"
	"testing"
	"time"

	"speckle-runner/internal/store"
	"speckle-runner/internal/store/history"
	"speckle-runner/internal/store/storetest"
)

// How jobs stand, for pages that show all of them.
func TestHowJobsStand(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		s := open(t, dsn)
		ctx := t.Context()
		begun := time.Now()
		ended(t, s, "good", at(0), store.Failed, store.Succeeded)
		ended(t, s, "bad", at(0), store.Succeeded, store.Failed, store.Skipped)
		ended(t, s, "missed", at(0), store.Missed)
		if _, _, err := s.Begin(ctx, store.Begin{Job: "runs", Tick: at(3)}); err != nil {
			t.Fatal(err)
		}
		stands := func(only ...string) map[string]string {
			t.Helper()
			found, err := s.Standings(ctx, only...)
			if err != nil {
				t.Fatal(err)
			}
			got := map[string]string{}
			for job, one := range found {
				good := "never good"
				if !one.Good.IsZero() {
					good = "good at " + store.RunID(job, one.Good)
				}
				got[job] = one.Run + " " + string(one.State) + ", " + good
			}
			return got
		}
		want := map[string]string{
			"good":   runID("good", 1) + " succeeded, good at " + runID("good", 1),
			"bad":    runID("bad", 1) + " failed, good at " + runID("bad", 0),
			"missed": runID("missed", 0) + " missed, never good",
		}
		if got := stands(); !maps.Equal(got, want) {
			t.Errorf("%v", got)
		}
		delete(want, "good")
		if got := stands("bad", "missed", "nobody", "runs"); !maps.Equal(got, want) {
			t.Errorf("some: %v", got)
		}
		moved, err := s.EndedSince(ctx, begun.Add(-time.Minute))
		if names := slices.Sorted(maps.Keys(moved)); err != nil || !slices.Equal(names, []string{"bad", "good", "missed"}) {
			t.Errorf("ended since: %v, %v", moved, err)
		}
		if good := getRun(t, s, runID("good", 1)); !good.FinishedAt.Equal(moved["good"]) {
			t.Errorf("ended at %v: %+v", moved["good"], good)
		}
		if moved, err := s.EndedSince(ctx, moved["missed"].Add(time.Hour)); err != nil || len(moved) != 0 {
			t.Errorf("ended in an hour: %v, %v", moved, err)
		}
		points, err := s.Points(ctx, []string{"bad", "nobody"}, 2)
		if err != nil || len(points) != 1 || !slices.Equal(runsOf(points["bad"]), []string{runID("bad", 1), runID("bad", 2)}) {
			t.Errorf("points: %+v, %v", points, err)
		}
		underway, err := s.Underway(ctx)
		if err != nil || len(underway) != 1 || underway["runs"].Run != runID("runs", 3) {
			t.Errorf("under way: %+v, %v", underway, err)
		}
		tally, err := s.Tally(ctx, at(0), at(2))
		if err != nil || !maps.Equal(tally, map[store.State]int64{store.Failed: 2, store.Succeeded: 2, store.Missed: 1}) {
			t.Errorf("tally: %v, %v", tally, err)
		}
	})
}

// What receivers haven't taken, given up and waiting.
func TestWhatReceiversHaveNotTaken(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		s := open(t, dsn)
		end(t, s, 0, owing("gone")(t.Context(), store.Claim{}), notFound)
		end(t, s, 1, owing("slow", "well")(t.Context(), store.Claim{}), func(d store.Delivery) store.DeliveryResult {
			if d.Target == "slow" {
				return store.Retry(time.Hour, errors.New("busy"))
			}
			return store.Delivered("")
		})
		waiting, err := s.Waiting(t.Context())
		if err != nil || len(waiting) != 1 || waiting[0].Job != "job" || waiting[0].Messages != 1 || waiting[0].Since.IsZero() {
			t.Errorf("waiting: %+v, %v", waiting, err)
		}
		for limit, rows := range map[int]int{1: 1, 2: 2, 10: 2} {
			owed, all, err := s.Owed(t.Context(), limit)
			if err != nil || len(owed) != rows || all != 2 {
				t.Fatalf("limit %d: %+v, %d, %v", limit, owed, all, err)
			}
			if owed[0].Target != "gone" || owed[0].State != store.DeliveryFailed || !owed[0].NextTry.IsZero() || owed[0].Run != runID("job", 0) {
				t.Errorf("given up: %+v", owed[0])
			}
			if rows == 2 && (owed[1].Target != "slow" || owed[1].Error != "busy" || owed[1].NextTry.IsZero()) {
				t.Errorf("waiting: %+v", owed[1])
			}
		}
	})
}

func runsOf(points []history.Point) []string {
	var all []string
	for _, p := range points {
		all = append(all, p.Run)
	}
	return all
}
