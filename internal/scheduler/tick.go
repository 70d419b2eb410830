package scheduler

import (
	"container/heap"
	"context"
	"time"

	"speckle-runner/internal/store"
)

const (
	// late is from when on a tick was missed: what is found within it is due.
	late = 10 * time.Second
	// batchTicks is how many ticks go to the ledger at a time: its writer must
	// stay free for the runs that have begun.
	batchTicks = 1000
)

// batch is what goes to the ledger in one write: the ticks of jobs that are in
// time, or a part of what one job owes.
type batch struct {
	due  []store.Due
	ends []store.End
	// punctual entries are out of the heap while their ticks are written, with
	// the tick that comes then.
	punctual []*entry
	next     []time.Time
	owing    *entry
	fresh    []bool // which of them the ledger didn't have: another node may have been faster
}

// tick writes all ticks that have come to the ledger. Jobs that are in time go
// first, each round: nobody waits for what another job has missed.
func (s *Scheduler) tick(ctx context.Context) error {
	for ctx.Err() == nil {
		b := s.punctual()
		if b == nil {
			b = s.overdue()
		}
		if b == nil {
			return nil
		}
		var err error
		if len(b.ends) > 0 {
			b.fresh, err = s.o.Ledger.Record(ctx, b.ends)
		} else if len(b.due) > 0 {
			b.fresh, err = s.o.Ledger.Enqueue(ctx, b.due)
		}
		s.giveBack(b, err == nil)
		if err != nil {
			return err
		}
	}
	return nil
}

// punctual takes due entries out of the heap, with their ticks. Those that
// have been found too late for one are set aside.
func (s *Scheduler) punctual() *batch {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.timeOf(s.steady())
	b := &batch{}
	for len(s.due) > 0 && !s.due[0].next.After(now) && len(b.due) < batchTicks {
		e := heap.Pop(&s.due).(*entry)
		if e.inherited || e.next.Before(s.inTime(now)) {
			s.owing = append(s.owing, e)
			continue
		}
		upto, tick := s.upto(e, now), e.next
		for ; !tick.IsZero() && !tick.After(upto); tick = e.job.Schedule.Next(tick) {
			b.due = append(b.due, dueAt(e.job, tick, store.Schedule, s.file.Hash))
		}
		b.punctual, b.next = append(b.punctual, e), append(b.next, tick)
	}
	if len(b.punctual) == 0 {
		return nil
	}
	return b
}

// inTime is from when on ticks are found in time to be due. That nothing was
// written because the clock was in doubt doesn't make a tick late.
func (s *Scheduler) inTime(now time.Time) time.Time {
	if !s.held.IsZero() && s.held.Before(now) {
		now = s.held
	}
	return now.Add(-late)
}

// upto is until when an entry's ticks are its own.
func (s *Scheduler) upto(e *entry, now time.Time) time.Time {
	if left := s.timeOf(e.left); e.leaving && left.Before(now) {
		return left
	}
	return now
}

// overdue gives a part of what a job owes, and another job's the next time.
func (s *Scheduler) overdue() *batch {
	s.mu.Lock()
	if len(s.owing) == 0 {
		s.mu.Unlock()
		return nil
	}
	e := s.owing[0]
	s.owing = append(s.owing[1:], e)
	now := s.timeOf(s.steady())
	j := judgment{
		job: e.job, from: e.next, now: now, upto: s.upto(e, now), floor: e.floor, inherited: e.inherited, inTime: s.inTime(now),
		listed: max(100, min(maxListed, 1_000_000/(len(s.due)+len(s.owing)))),
	}
	generation := s.file.Hash
	s.mu.Unlock()
	if e.owed == nil { // a long look back holds nobody up
		e.owed = j.backlog(generation, s.o.Missed)
	}
	b := &batch{owing: e}
	if ends := e.owed.ends; len(ends) > 0 {
		b.ends = ends[:min(len(ends), batchTicks)]
	} else {
		b.due = e.owed.due[:min(len(e.owed.due), batchTicks)]
	}
	return b
}

// giveBack puts entries back, to wait for their next tick or to be written
// again.
func (s *Scheduler) giveBack(b *batch, written bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, e := range b.punctual {
		if !written {
			s.due.put(e, e.next) // it owes this tick, whatever a reload did
			continue
		}
		e.fresh = false
		s.await(e, b.next[i])
	}
	e := b.owing
	switch {
	case e == nil:
	case !written:
		e.owed = nil // judged anew, when the ledger is back
	default:
		s.pay(e, b)
	}
}

// pay takes what was written off what an entry owes.
func (s *Scheduler) pay(e *entry, b *batch) {
	e.fresh = false
	e.owed.count(b.ends, b.due, b.fresh)
	e.owed.ends, e.owed.due = e.owed.ends[len(b.ends):], e.owed.due[len(b.due):]
	if len(e.owed.ends)+len(e.owed.due) > 0 {
		last := time.Time{}
		for _, end := range b.ends {
			last = end.Tick
		}
		for _, due := range b.due {
			last = due.Tick
		}
		e.next = e.job.Schedule.Next(last)
		return
	}
	if n := e.owed.written; n.missed+n.run > 0 {
		s.o.Log.Warn().Str("job", e.job.Name).Int("missed", n.missed).Int("run", n.run).Time("first", n.first).
			Msg("ticks passed while nothing ran them")
	}
	s.owing = remove(s.owing, e)
	next := e.owed.next
	e.owed = nil
	s.await(e, next)
}

func remove(all []*entry, gone *entry) []*entry {
	kept := all[:0]
	for _, e := range all {
		if e != gone {
			kept = append(kept, e)
		}
	}
	return kept
}
