package scheduler

import "time"

// SetClock gives a scheduler another wall clock, and a steady one that fits the
// time of a test. Call it before Run.
func (s *Scheduler) SetClock(now func() time.Time, steady func() time.Duration) {
	s.now, s.steady = now, steady
}
