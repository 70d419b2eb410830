package scheduler

import "time"

// steadyClock gives a clock that only goes forward, whatever the wall clock does. Where
// the system has one, it goes on while the machine sleeps: a wall clock that jumps
// against it was set, and one that doesn't belongs to a machine that slept.
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
