package scheduler

import "time"

// SetClock gives a scheduler another wall clock. Call it before Run.
func (s *Scheduler) SetClock(now func() time.Time) { s.now = now }
