package scheduler_test

import (
	"fmt"
	"testing"
	"time"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/scheduler"
	"speckle-runner/internal/store"
)

// down plays a night: attempts fail, each after some time, until the server is
// up again. It gives when each began, after the first; and whether one came
// through.
func down(j *jobs.Job, f store.Failing, takes, outage time.Duration) (began []time.Duration, through bool) {
	f.Job, f.Run, f.Since, f.Took = j.Name, store.RunID(j.Name, f.Tick), f.Tick, takes
	now := f.Tick
	for {
		began = append(began, now.Sub(f.Tick))
		if now.Sub(f.Tick) >= outage {
			return began, true
		}
		now = now.Add(takes)
		f.Failures++
		pause, again := scheduler.Again(j, f, now)
		if !again || len(began) > 100 {
			return began, false
		}
		now = now.Add(pause)
	}
}

var nightly = time.Date(2026, 3, 2, 2, 30, 0, 0, time.UTC)

func TestAnUpgradeAtNightLosesNoExport(t *testing.T) {
	for _, name := range []string{"a", "b", "c", "d"} {
		f := store.Failing{Tick: nightly, Trigger: store.Schedule, Passing: true}
		for outage := time.Minute; outage <= 45*time.Minute; outage += time.Minute {
			began, through := down(job(name, "30 2 * * *"), f, 8*time.Second, outage)
			if !through || began[len(began)-1] > outage+13*time.Minute {
				t.Fatalf("%s: away for %s: %v", name, outage, began)
			}
		}
		if began, through := down(job(name, "30 2 * * *"), f, 8*time.Second, 5*time.Minute); !through || began[len(began)-1] > 12*time.Minute ||
			len(began) > 6 {
			t.Errorf("%s: away for five minutes: %v", name, began)
		}
	}
}

// The failure is told after the last attempt, not much before the time is over.
func TestHowLongARunIsTriedAgain(t *testing.T) {
	given := func(retries int, retryFor time.Duration) func(*jobs.Job) {
		return func(j *jobs.Job) {
			if j.Retries, j.RetriesGiven = retries, retries >= 0; retries < 0 {
				j.Retries = 2
			}
			if retryFor >= 0 {
				j.RetryFor, j.RetryForGiven = retryFor, true
			}
		}
	}
	hour := 60 * time.Minute
	for name, c := range map[string]struct {
		spec        string
		change      func(*jobs.Job)
		why         store.Trigger
		lasting     bool // it doesn't look as if it would pass
		last        [2]time.Duration
		least, most int // attempts
	}{
		"every night":                {"30 2 * * *", given(-1, -1), store.Schedule, false, [2]time.Duration{45 * time.Minute, hour}, 7, 11},
		"caught up":                  {"30 2 * * *", given(-1, -1), store.CatchUp, false, [2]time.Duration{45 * time.Minute, hour}, 7, 11},
		"of a version, beside ticks": {"*/15 * * * *", given(-1, -1), store.OnVersion, false, [2]time.Duration{45 * time.Minute, hour}, 7, 11},
		"not at all":                 {"30 2 * * *", given(0, -1), store.Schedule, false, [2]time.Duration{}, 1, 1},
		"no time":                    {"30 2 * * *", given(-1, 0), store.Schedule, false, [2]time.Duration{}, 1, 1},
		"attempts and time": {"30 2 * * *", given(3, -1), store.Schedule, false, [2]time.Duration{2 * time.Minute, 6 * time.Minute}, 4,
			4},
		"more attempts than time": {"30 2 * * *", given(20, 10*time.Minute), store.Schedule, false,
			[2]time.Duration{8 * time.Minute, 10 * time.Minute}, 4, 7},
		"a longer time": {"30 2 * * *", given(-1, 3*time.Hour), store.Schedule, false, [2]time.Duration{160 * time.Minute, 3 * hour},
			16, 30},
		"up to the next tick": {"*/15 * * * *", given(-1, -1), store.Schedule, false,
			[2]time.Duration{12 * time.Minute, 15*time.Minute - 8*time.Second}, 4, 8},
		"each minute": {"* * * * *", given(-1, -1), store.Schedule, false, [2]time.Duration{40 * time.Second, 52 * time.Second}, 3,
			4},
		"what may not pass":         {"30 2 * * *", given(-1, -1), store.Schedule, true, [2]time.Duration{time.Minute, 2 * time.Minute}, 3, 3},
		"by hand":                   {"30 2 * * *", given(-1, -1), store.Manual, false, [2]time.Duration{time.Minute, 2 * time.Minute}, 3, 3},
		"by hand, with a time":      {"30 2 * * *", given(-1, hour), store.Manual, false, [2]time.Duration{45 * time.Minute, hour}, 7, 11},
		"by hand, beside its ticks": {"*/15 * * * *", given(-1, hour), store.Manual, false, [2]time.Duration{45 * time.Minute, hour}, 7, 11},
		"on the page":               {"30 2 * * *", given(-1, -1), store.API, false, [2]time.Duration{time.Minute, 2 * time.Minute}, 3, 3},
	} {
		f := store.Failing{Tick: nightly, Trigger: c.why, Passing: !c.lasting}
		began, through := down(job(name, c.spec, c.change), f, 8*time.Second, 10*time.Hour)
		last := began[len(began)-1]
		if through || last < c.last[0] || last > c.last[1] || len(began) < c.least || len(began) > c.most {
			t.Errorf("%s: %v", name, began)
		}
	}
}

// An attempt that hangs for long leaves room for the next tick, and none
// follows where there is none.
func TestALastAttemptEndsBeforeTheNextTick(t *testing.T) {
	f := store.Failing{Tick: nightly, Trigger: store.Schedule, Passing: true}
	began, _ := down(job("slow", "*/30 * * * *"), f, 10*time.Minute, 10*time.Hour)
	if len(began) != 2 || began[1]+10*time.Minute > 30*time.Minute {
		t.Errorf("%v", began)
	}
	if began, _ := down(job("slower", "*/15 * * * *"), f, 10*time.Minute, 10*time.Hour); len(began) != 1 {
		t.Errorf("%v", began)
	}
}

// The server says when to come back: not before, and not at all where that is
// too late.
func TestTheServerSaysWhenToComeBack(t *testing.T) {
	j := job("job", "30 2 * * *")
	f := store.Failing{Run: "job", Tick: nightly, Trigger: store.Schedule, Since: nightly, Failures: 1, Passing: true, After: 7 * time.Minute}
	if pause, again := scheduler.Again(j, f, nightly); !again || pause < f.After {
		t.Errorf("%s, %t", pause, again)
	}
	f.After = 61 * time.Minute
	if pause, again := scheduler.Again(j, f, nightly); again {
		t.Errorf("%s", pause)
	}
}

// A thousand jobs that failed together come back one after the other.
func TestRetriesDontComeTogether(t *testing.T) {
	seconds := map[time.Duration]int{}
	for i := range 1000 {
		name := fmt.Sprintf("job-%d", i)
		f := store.Failing{Run: store.RunID(name, nightly), Tick: nightly, Trigger: store.Schedule, Since: nightly, Failures: 5, Passing: true}
		pause, again := scheduler.Again(job(name, "30 2 * * *"), f, nightly.Add(10*time.Minute))
		if twice, _ := scheduler.Again(job(name, "30 2 * * *"), f, nightly.Add(10*time.Minute)); !again || twice != pause {
			t.Fatalf("%s: %s, then %s", name, pause, twice)
		}
		seconds[pause.Truncate(10*time.Second)]++
	}
	for at, n := range seconds {
		if n > 80 {
			t.Errorf("%d of 1000 at %s", n, at)
		}
	}
}

func TestARunThatWaitsIsOverAtTheNextTick(t *testing.T) {
	j := job("job", "30 2 * * *", func(j *jobs.Job) { j.Spread = 2 * time.Hour })
	f := store.Failing{Tick: nightly, Trigger: store.Schedule, Since: nightly.Add(time.Hour), Failures: 1}
	next := nightly.Add(24*time.Hour + scheduler.Delay(j))
	if scheduler.Over(j, f, next.Add(-time.Second)) || !scheduler.Over(j, f, next) {
		t.Error("the next night")
	}
	f.Trigger = store.Backfill
	if scheduler.Over(j, f, next) {
		t.Error("a backfill is in no tick's way")
	}
	j.Disabled = true
	if f.Trigger = store.Schedule; scheduler.Over(j, f, next) {
		t.Error("a job that is due no more")
	}
}
