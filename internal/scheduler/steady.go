package scheduler

import "time"

// steadyClock gives a clock that only goes forward, at its own pace, whatever
// the wall clock does. Where the system has one that goes on during a suspend
// it is that: what jumps against it was set, and what doesn't only slept.
func steadyClock() func() time.Duration {
	if _, known := boot(); known {
		return func() time.Duration {
			at, _ := boot()
			return at
		}
	}
	began := time.Now()
	return func() time.Duration { return time.Since(began) }
}
