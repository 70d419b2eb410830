package scheduler

import (
	"container/heap"
	"context"
	"maps"
	"slices"
	"time"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/store"
)

// Changes are the jobs that a job file brought, changed and took away, by name.
type Changes struct{ Added, Changed, Removed []string }

// Apply puts a job file in force, all of it at once. Jobs whose schedule is
// the same keep their timer, whatever else changed of them; runs that have
// begun are not touched. A job that is gone has no more ticks.
func (s *Scheduler) Apply(file *jobs.File) Changes {
	s.mu.Lock()
	defer s.mu.Unlock()
	var c Changes
	now := s.wall()
	entries := make(map[string]*entry, len(file.Jobs))
	for _, job := range file.Jobs {
		old := s.entries[job.Name]
		switch {
		case old == nil:
			c.Added = append(c.Added, job.Name)
		case old.job.Hash != job.Hash:
			c.Changed = append(c.Changed, job.Name)
		}
		entries[job.Name] = s.enter(job, old, now)
	}
	for name, old := range s.entries {
		if entries[name] == nil {
			c.Removed = append(c.Removed, name)
			s.leave(old)
			s.pending[name] = store.Armed{Job: name, Since: now}
		}
	}
	slices.Sort(c.Removed)
	s.file, s.entries = file, entries
	select {
	case s.changed <- struct{}{}:
	default:
	}
	return c
}

// enter gives a job its entry: the old one where its ticks stay the same.
func (s *Scheduler) enter(job *jobs.Job, old *entry, now time.Time) *entry {
	follows := followed(job)
	if old != nil && old.follows == follows {
		old.job = job
		return old
	}
	if old != nil {
		s.leave(old)
	}
	s.pending[job.Name] = store.Armed{Job: job.Name, Schedule: follows, Since: now}
	return &entry{job: job, follows: follows, at: -1}
}

func (s *Scheduler) leave(e *entry) {
	if e.at >= 0 {
		heap.Remove(&s.due, e.at)
	}
}

// arm tells the ledger what jobs follow now, and sets their next tick: the
// first that the ledger doesn't have. Where that has passed it was missed.
func (s *Scheduler) arm(ctx context.Context) error {
	s.mu.Lock()
	pending := slices.Collect(maps.Values(s.pending))
	failing := s.pause > 0
	s.mu.Unlock()
	if len(pending) == 0 && !failing {
		return nil
	}
	// While the ledger is away this asks for it, before all the ticks that have
	// passed are looked up.
	recorded, err := s.o.Ledger.Arm(ctx, pending)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.wall()
	for _, armed := range pending {
		if s.pending[armed.Job] != armed {
			continue // a reload came in between
		}
		delete(s.pending, armed.Job)
		if e := s.entries[armed.Job]; e != nil && e.follows != "" {
			s.due.put(e, e.job.Schedule.Next(earlier(recorded[armed.Job], now)))
		}
	}
	return nil
}

// earlier keeps a ledger that was written by a clock ahead of ours from
// silencing a job until then.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || b.Before(a) {
		return b
	}
	return a
}
