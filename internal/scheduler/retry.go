package scheduler

import (
	"fmt"
	"hash/fnv"
	"time"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/store"
)

// A run whose failure may go away by itself is tried again for as long as its job says,
// with waits that grow to minutes: an upgrade of the server takes some.

// waits holds the pauses before the second attempt, the third and so on.
var waits = []time.Duration{10 * time.Second, time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute}

// leastWait is the shortest pause worth making before a last attempt.
const leastWait = time.Second

// Again says whether a run is tried again after an attempt that failed at now, and after
// what pause. Its answer depends on its arguments alone.
func Again(job *jobs.Job, f store.Failing, now time.Time) (pause time.Duration, again bool) {
	if most, bounded := attempts(job, f); bounded && f.Failures > most {
		return 0, false
	}
	pause = max(spreadOut(f, waits[min(max(f.Failures, 1), len(waits))-1]), f.After)
	until, whole := deadline(job, f)
	if until.IsZero() {
		return pause, true
	}
	left := until.Sub(now)
	if left < max(leastWait, whole/20) || left < f.After {
		return 0, false
	}
	if pause >= left { // the last one, a little before the end
		pause = max(left-left/10, f.After)
	}
	return pause, true
}

// attempts is how many attempts may follow the first. Without bound are those of a
// scheduled run whose failure may go away by itself: the deadline ends them.
func attempts(job *jobs.Job, f store.Failing) (most int, bounded bool) {
	patient := job.RetryForGiven || onSchedule(f.Trigger)
	return job.Retries, job.RetriesGiven || !patient || !f.Passing
}

// deadline is when the last attempt has to begin, and how long the run is tried again in
// all; zero: only the number of attempts counts.
func deadline(job *jobs.Job, f store.Failing) (until time.Time, whole time.Duration) {
	if job.RetryForGiven || onSchedule(f.Trigger) {
		until = f.Since.Add(job.RetryFor)
	}
	// An attempt that takes as long as the last one has ended by the next tick.
	if next := nextTick(job, f).Add(-f.Took); next.After(time.Time{}) && (until.IsZero() || next.Before(until)) {
		until = next
	}
	if until.IsZero() {
		return until, 0
	}
	return until, until.Sub(f.Since)
}

// nextTick is the job's first tick after the first failure; zero: the run needn't be over
// by any tick.
func nextTick(job *jobs.Job, f store.Failing) time.Time {
	if job.Manual || job.Disabled {
		return time.Time{}
	}
	switch f.Trigger {
	case store.Manual, store.Backfill, store.OnVersion: // the next tick doesn't replace what these read
		return time.Time{}
	case store.Schedule, store.CatchUp, store.API:
	}
	from := f.Since
	if f.Tick.After(from) {
		from = f.Tick
	}
	next := job.Schedule.Next(from)
	if next.IsZero() {
		return next
	}
	return next.Add(Delay(job))
}

// Over reports whether a run that waits for its next attempt has waited until the job's
// next tick, whose run reads what this one would have.
func Over(job *jobs.Job, f store.Failing, now time.Time) bool {
	next := nextTick(job, f)
	return !next.IsZero() && !now.Before(next)
}

// onSchedule reports whether a run began without anybody asking.
func onSchedule(why store.Trigger) bool {
	return why == store.Schedule || why == store.CatchUp || why == store.OnVersion
}

// spreadOut makes a pause up to a quarter longer or shorter, differently for each run and
// attempt, so that not all of them ask a server in the moment it is back.
func spreadOut(f store.Failing, pause time.Duration) time.Duration {
	h := fnv.New64a()
	fmt.Fprintf(h, "%s %d", f.Run, f.Failures)
	mixed := h.Sum64()
	mixed = (mixed ^ mixed>>32) * 0x9e3779b97f4a7c15
	share := float64(mixed>>11) / (1 << 53)
	return time.Duration((0.75 + share/2) * float64(pause))
}
