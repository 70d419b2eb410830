package scheduler

import (
	"container/heap"
	"context"
	"fmt"
	"time"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/store"
)

// batch is what goes to the ledger at a time.
type batch struct {
	now  time.Time
	due  []store.Due
	ends []store.End
	// entries are out of the heap while their ticks are written, with the tick
	// that comes then.
	entries []*entry
	next    []time.Time
	notes   []note
}

// note is what is logged of a job's missed ticks once they are recorded.
type note struct {
	job         string
	missed, run int
	first       time.Time
}

// tick writes all ticks that have come to the ledger.
func (s *Scheduler) tick(ctx context.Context) error {
	for ctx.Err() == nil {
		b := s.collect()
		if len(b.entries) == 0 {
			return nil
		}
		err := s.write(ctx, b)
		s.giveBack(b, err == nil)
		if err != nil {
			return err
		}
		for _, n := range b.notes {
			s.o.Log.Warn().Str("job", n.job).Int("missed", n.missed).Int("run", n.run).Time("first", n.first).Msg("ticks passed while nothing ran them")
		}
	}
	return nil
}

// collect takes due entries out of the heap, with what they owe.
func (s *Scheduler) collect() *batch {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := &batch{now: s.wall()}
	listed := max(100, min(10_000, 1_000_000/max(1, len(s.due))))
	for len(s.due) > 0 && !s.due[0].next.After(b.now) && len(b.due)+len(b.ends) < batchTicks {
		e := heap.Pop(&s.due).(*entry)
		f := find(e, b.now, listed)
		b.entries, b.next = append(b.entries, e), append(b.next, f.next)
		s.judge(b, e, f)
	}
	return b
}

// write puts missed ticks first: what is recorded of a job then never has a
// hole before its newest tick, even if the process dies in between.
func (s *Scheduler) write(ctx context.Context, b *batch) error {
	for len(b.ends) > 0 {
		n := min(len(b.ends), batchTicks)
		if _, err := s.o.Ledger.Record(ctx, b.ends[:n]); err != nil {
			return err
		}
		b.ends = b.ends[n:]
	}
	for len(b.due) > 0 {
		n := min(len(b.due), batchTicks)
		if _, err := s.o.Ledger.Enqueue(ctx, b.due[:n]); err != nil {
			return err
		}
		b.due = b.due[n:]
	}
	return nil
}

// giveBack puts entries into the heap again, unless a reload has replaced them.
func (s *Scheduler) giveBack(b *batch, written bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, e := range b.entries {
		if s.entries[e.job.Name] != e {
			continue
		}
		next := e.next
		if written {
			next = b.next[i]
		}
		s.due.put(e, next)
	}
}

// found are a job's ticks that have come and are not recorded.
type found struct {
	ticks []time.Time // in order; at most as many as are listed
	cut   bool        // there were more, before the first
	next  time.Time
}

// find walks from an entry's next tick up to now.
func find(e *entry, now time.Time, listed int) found {
	set, from := e.job.Schedule, e.next
	f := found{}
	t := from
	for ; !t.IsZero() && !t.After(now); t = set.Next(t) {
		if len(f.ticks) == listed {
			// Too many. The newest matter: look back from now, further each time.
			for span := time.Hour; ; span *= 2 {
				f.ticks = f.ticks[:0]
				for t := range set.Between(now.Add(-span), now) {
					f.ticks = append(f.ticks, t)
				}
				if len(f.ticks) >= listed {
					break
				}
			}
			return found{f.ticks[len(f.ticks)-listed:], true, set.Next(now)}
		}
		f.ticks = append(f.ticks, t)
	}
	f.next = t
	return f
}

// judge says of each tick whether it is due, still runs, or was missed.
func (s *Scheduler) judge(b *batch, e *entry, f found) {
	job := e.job
	inTime := len(f.ticks)
	for inTime > 0 && b.now.Sub(f.ticks[inTime-1]) <= late {
		inTime--
	}
	passed, due := f.ticks[:inTime], f.ticks[inTime:]
	run := stillRun(job, passed, len(due) > 0, b.now)
	missed := passed[:len(passed)-run]

	ends := make([]store.End, len(missed))
	for i, tick := range missed {
		ends[i] = store.End{
			Job: job.Name, Tick: tick, Trigger: store.CatchUp, State: store.Missed,
			Reason: reason(job, b.now.Sub(tick)), Generation: s.file.Hash,
		}
	}
	if len(ends) > 0 {
		if f.cut {
			ends[0].Reason += fmt.Sprintf("; earlier ones, from %s on, are not listed", e.next.Format(time.RFC3339))
		}
		if s.o.Missed != nil {
			ends[len(ends)-1].Deliveries = s.o.Missed(job, missed)
		}
	}
	if len(passed) > 0 {
		b.notes = append(b.notes, note{job.Name, len(missed), run, passed[0]})
	}
	b.ends = append(b.ends, ends...)
	for _, tick := range passed[len(passed)-run:] {
		b.due = append(b.due, e.dueAt(tick, store.CatchUp, s.file.Hash))
	}
	for _, tick := range due {
		b.due = append(b.due, e.dueAt(tick, store.Schedule, s.file.Hash))
	}
}

// stillRun is how many of the ticks that have passed, the newest ones, a job
// runs all the same.
func stillRun(job *jobs.Job, passed []time.Time, newer bool, now time.Time) int {
	within := 0
	for within < len(passed) && now.Sub(passed[len(passed)-1-within]) <= job.MissedWindow {
		within++
	}
	switch job.Missed {
	case "all":
		return within
	case "last":
		if newer { // the last one is that
			return 0
		}
		return min(within, 1)
	}
	return 0
}

func reason(job *jobs.Job, ago time.Duration) string {
	switch {
	case job.Missed == "skip":
		return "nothing ran at its time (missed: skip)"
	case ago > job.MissedWindow:
		return fmt.Sprintf("nothing ran at its time, nor within %s of it (missed_window)", job.MissedWindow)
	}
	return "nothing ran at its time; a later tick runs (missed: last)"
}
