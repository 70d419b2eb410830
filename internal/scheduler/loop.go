package scheduler

import (
	"context"
	"errors"
	"slices"
	"time"

	"speckle-runner/internal/store"
)

const (
	// longestSleep bounds how late a change of the clock is noticed.
	longestSleep = 30 * time.Second
	// While the ledger doesn't answer it is asked again after a second, then
	// after longer pauses up to ten.
	firstPause   = time.Second
	longestPause = 10 * time.Second
	// lead is how long before a tick the clock is looked at, so that the tick is written the moment it comes.
	lead = 20 * time.Millisecond
)

// Run writes ticks as they come until ctx ends. What comes due after that counts as
// missed at the next start.
func (s *Scheduler) Run(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.changed:
		case <-timer.C:
		}
		timer.Reset(s.step(ctx))
	}
}

// step writes the ticks that have come, and says how long to sleep.
func (s *Scheduler) step(ctx context.Context) time.Duration {
	wait, err := s.look(ctx)
	if err == nil && !wait {
		err = s.write(ctx)
	}
	if ctx.Err() != nil {
		return longestSleep
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if ahead, set := errors.AsType[*store.AheadError](err); set {
		s.o.Log.Warn().Str("run", ahead.Run).Time("tick", ahead.Tick).Time("clock", ahead.Now).Msg("the database's clock was set back")
		return relook
	}
	s.report(err)
	if err != nil {
		return s.pause
	}
	s.looped = s.wall()
	switch {
	case wait:
		return relook
	case len(s.due) == 0:
		return longestSleep
	}
	until := s.due[0].next.Sub(s.timeOf(s.steady()))
	if until > lead {
		until -= lead
	}
	return max(0, min(until, longestSleep))
}

// look asks the database what time it is, unless that was asked just now. wait: the answer is in doubt.
func (s *Scheduler) look(ctx context.Context) (wait bool, err error) {
	asked := s.steady()
	if s.belief.fresh(asked) {
		return false, nil
	}
	c, err := s.o.Ledger.Clock(ctx)
	if err != nil {
		return false, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	steady := s.steady()
	o := s.belief.look(c, steady, steady-asked, s.o.NotBefore)
	if o.news != "" {
		s.o.Log.Warn().Time("clock", c.Now).Msg(o.news)
	}
	if !o.held.IsZero() {
		s.held = o.held
	}
	if o.jumped != 0 {
		s.jumped(o.jumped, o.was)
	}
	return o.wait, o.err
}

// jumped sets the entries' next ticks after the clock was set. Set back, jobs wait for
// their next tick after the new time; the ledger leaves alone those that it has already.
// Set forward, the ticks in between were missed, except of jobs that came into force by
// the wrong clock and have had no tick yet: those are armed anew.
func (s *Scheduler) jumped(by time.Duration, was time.Time) {
	now := s.timeOf(s.steady())
	entries := append(slices.Clone(s.due), s.owing...)
	s.due, s.owing = nil, nil
	for _, e := range entries {
		e.at, e.backlog = -1, nil
		switch {
		case e.leaving:
			s.await(e, e.next)
		case by < 0:
			if was.After(e.floor) {
				e.floor = was
			}
			s.await(e, e.job.Schedule.Next(now))
		case e.fresh:
			e.armed, e.moved = false, true
			s.pending[e.job.Name] = true
		default:
			s.await(e, e.next)
		}
	}
}

// write writes the ticks that have come. That may let jobs be armed whose earlier
// schedule had ticks left, so it goes on until nothing is left to arm.
func (s *Scheduler) write(ctx context.Context) error {
	for ctx.Err() == nil {
		if err := s.arm(ctx); err != nil {
			return err
		}
		if err := s.tick(ctx); err != nil {
			return err
		}
		if heads, _ := s.unarmed(); len(heads) == 0 {
			s.mu.Lock()
			s.held = time.Time{}
			s.mu.Unlock()
			return nil
		}
	}
	return nil
}

// report logs when ticks have to wait and when that ends, not each try.
func (s *Scheduler) report(err error) {
	switch {
	case err == nil && s.pause > 0:
		s.o.Log.Info().Msg("ticks are seen to again")
		s.pause = 0
	case err != nil && s.pause == 0:
		s.o.Log.Error().Err(err).Msg("ticks wait")
		s.pause = firstPause
	case err != nil:
		s.pause = min(2*s.pause, longestPause)
	}
}
