package scheduler

import (
	"container/heap"
	"slices"
	"time"

	"speckle-runner/internal/jobs"
)

// Changes names the jobs that a job file added, changed and removed.
type Changes struct{ Added, Changed, Removed []string }

// Apply puts a job file in force, all of it at once. Jobs with the same schedule
// keep their next tick, whatever else changed; runs that have begun are not touched.
// Ticks that have come by now, and are not written yet, are judged by the job that
// they were due for.
func (s *Scheduler) Apply(file *jobs.File) Changes {
	s.mu.Lock()
	defer s.mu.Unlock()
	var c Changes
	mark := s.steady()
	entries := make(map[string]*entry, len(file.Jobs))
	for _, job := range file.Jobs {
		old := s.entries[job.Name]
		switch {
		case old == nil:
			c.Added = append(c.Added, job.Name)
		case old.job.Hash != job.Hash:
			c.Changed = append(c.Changed, job.Name)
		}
		entries[job.Name] = s.enter(job, old, mark)
	}
	for name, old := range s.entries {
		if entries[name] == nil {
			c.Removed = append(c.Removed, name)
			s.leave(old, mark)
			// An entry without a schedule, so that the ledger expects no ticks of the job any more.
			s.leave(&entry{job: old.job, at: -1, entered: mark, settled: true}, mark)
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

// enter gives a job its entry: the old one where the schedule is the same and no tick
// waits to be written.
func (s *Scheduler) enter(job *jobs.Job, old *entry, mark time.Duration) *entry {
	follows := followed(job)
	if old != nil && old.follows == follows && (old.job.Hash == job.Hash || !s.owes(old, mark)) {
		old.job = job
		return old
	}
	e := &entry{job: job, follows: follows, at: -1, entered: mark, settled: old != nil || len(s.leaving[job.Name]) > 0}
	if old != nil {
		s.leave(old, mark)
	}
	s.pending[job.Name] = true
	return e
}

// owes reports whether an entry may have ticks that have come and are not written.
func (s *Scheduler) owes(e *entry, mark time.Duration) bool {
	if !e.armed || !s.belief.known || s.belief.doubt != nil {
		return true
	}
	return !e.next.IsZero() && !e.next.After(s.belief.now(mark))
}

// leave takes an entry out of force. One that owes ticks stays until they are
// written.
func (s *Scheduler) leave(e *entry, mark time.Duration) {
	e.leaving, e.left = true, mark
	if !s.owes(e, mark) {
		if e.at >= 0 {
			heap.Remove(&s.due, e.at)
		}
		return
	}
	s.leaving[e.job.Name] = append(s.leaving[e.job.Name], e)
	s.pending[e.job.Name] = true
}

// settle drops an entry that was taken out of force, and whose ticks are all written.
func (s *Scheduler) settle(e *entry) {
	if e.at >= 0 {
		heap.Remove(&s.due, e.at)
	}
	name := e.job.Name
	s.leaving[name] = slices.DeleteFunc(s.leaving[name], func(other *entry) bool { return other == e })
	if len(s.leaving[name]) == 0 {
		delete(s.leaving, name)
	}
}

// await puts an entry back into the heap, to wait for its next tick; zero: it has none.
func (s *Scheduler) await(e *entry, next time.Time) {
	switch {
	case e.leaving && (next.IsZero() || next.After(s.timeOf(e.left))):
		s.settle(e)
	case e.leaving || s.entries[e.job.Name] == e:
		s.due.put(e, next)
	}
}
