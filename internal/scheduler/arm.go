package scheduler

import (
	"context"
	"fmt"
	"strings"
	"time"

	"speckle-runner/internal/jobs/choices"
	"speckle-runner/internal/jobs/schedule"
	"speckle-runner/internal/store"
)

// arm tells the ledger which schedules jobs follow now, and sets their next tick: the
// first that the ledger doesn't have. If that has passed, it was missed. A changed
// schedule waits until all ticks of the one before are written, because the ledger keeps
// only one schedule for each job.
func (s *Scheduler) arm(ctx context.Context) error {
	for {
		heads, armed := s.unarmed()
		if len(heads) == 0 {
			return nil
		}
		known, err := s.o.Ledger.Arm(ctx, armed)
		if err != nil {
			return err
		}
		s.mu.Lock()
		for i, e := range heads {
			s.armed(e, known[e.job.Name], armed[i].Since)
		}
		s.mu.Unlock()
	}
}

// unarmed gives the entries that can be armed now: of each job, the oldest.
func (s *Scheduler) unarmed() ([]*entry, []store.Armed) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var heads []*entry
	var armed []store.Armed
	for name := range s.pending {
		e := s.entries[name]
		if leaving := s.leaving[name]; len(leaving) > 0 {
			e = leaving[0]
		} else if e == nil || e.armed {
			delete(s.pending, name)
			continue
		}
		if !e.armed {
			heads = append(heads, e)
			armed = append(armed, store.Armed{Job: name, Schedule: e.follows, Since: s.timeOf(e.entered), Settled: e.settled, Moved: e.moved})
		}
	}
	return heads, armed
}

// armed sets an entry's next tick by what the ledger knows.
func (s *Scheduler) armed(e *entry, known store.Standing, since time.Time) {
	if known.Unsettled != "" {
		e.settled = true
		s.inherit(e, known)
		return
	}
	e.armed, e.moved, e.floor = true, false, known.Upto
	e.fresh = known.Upto.Equal(since.Truncate(time.Microsecond))
	from := earlier(known.Upto, s.timeOf(s.steady()))
	next := time.Time{}
	if e.follows != "" {
		next = e.job.Schedule.Next(from)
	}
	s.await(e, next)
}

// inherit takes over the ticks of a schedule that an earlier process ended with, and that
// the job file has changed since. Only the schedule is known, not the rest of the job that
// those ticks were due for, so none of them runs: they are recorded as missed.
func (s *Scheduler) inherit(e *entry, known store.Standing) {
	set, err := parseFollowed(known.Unsettled)
	if err != nil {
		s.o.Log.Warn().Str("job", e.job.Name).Str("schedule", known.Unsettled).Err(err).Msg("what this job followed before is not understood")
		return
	}
	job := *e.job
	job.Schedule, job.Missed = set, choices.MissedSkip
	old := &entry{
		job: &job, follows: known.Unsettled, at: -1, armed: true, entered: e.entered, left: e.entered,
		leaving: true, floor: known.Upto, inherited: true,
	}
	s.leaving[job.Name] = append([]*entry{old}, s.leaving[job.Name]...)
	s.await(old, set.Next(earlier(known.Upto, s.timeOf(s.steady()))))
}

// parseFollowed reads a schedule as schedule.Set.String wrote it.
func parseFollowed(text string) (schedule.Set, error) {
	specs, zoneName, _ := strings.Cut(strings.TrimSuffix(text, ")"), " (")
	zone, err := time.LoadLocation(zoneName)
	if err != nil {
		return schedule.Set{}, fmt.Errorf("zone %s: %w", zoneName, err)
	}
	var parsed []schedule.Spec
	for one := range strings.SplitSeq(specs, "; ") {
		spec, err := schedule.Parse(one)
		if err != nil {
			return schedule.Set{}, err
		}
		parsed = append(parsed, spec)
	}
	return schedule.NewSet(zone, parsed...), nil
}

// earlier gives the earlier of two times; zero counts as later. A ledger that was written
// by a clock ahead of ours must not keep a job silent until then.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || b.Before(a) {
		return b
	}
	return a
}
