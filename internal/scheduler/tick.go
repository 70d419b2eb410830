package scheduler

import (
	"container/heap"
	"context"
	"slices"
	"time"

	"speckle-runner/internal/store"
)

const (
	// late is how late a tick may be found and still be due; after that it was missed.
	late = 10 * time.Second
	// batchTicks is how many ticks go to the ledger at a time: its writer must
	// stay free for the runs that have begun.
	batchTicks = 1000
)

// batch is what goes to the ledger in one write: the ticks of jobs that are in time, or
// a part of one job's backlog.
type batch struct {
	due  []store.Due
	ends []store.End
	// punctual entries are out of the heap while their ticks are written, with
	// the tick that comes then.
	punctual []*entry
	next     []time.Time
	owing    *entry
	fresh    []bool // which of them were new to the ledger: another node may have written some
}

// tick writes all ticks that have come to the ledger. In each round, jobs that are in
// time go first: none waits for what another job has missed.
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

// punctual takes entries with due ticks out of the heap. Those that were found too late
// for a tick are set aside in owing.
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
			b.due = append(b.due, tickOf(e.job, e.follows, tick, store.Schedule, s.file.Hash))
		}
		b.punctual, b.next = append(b.punctual, e), append(b.next, tick)
	}
	if len(b.punctual) == 0 {
		return nil
	}
	return b
}

// inTime is the oldest tick that is still due. The time in which nothing was written,
// because the clock was in doubt, doesn't make a tick late.
func (s *Scheduler) inTime(now time.Time) time.Time {
	if !s.held.IsZero() && s.held.Before(now) {
		now = s.held
	}
	return now.Add(-late)
}

// upto is until when an entry has ticks: now, or when a reload took it away.
func (s *Scheduler) upto(e *entry, now time.Time) time.Time {
	if left := s.timeOf(e.left); e.leaving && left.Before(now) {
		return left
	}
	return now
}

// overdue gives a part of one job's backlog; the next call gives another job's.
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
		job: e.job, follows: e.follows, from: e.next, now: now, upto: s.upto(e, now), floor: e.floor, inherited: e.inherited,
		inTime: s.inTime(now),
		listed: max(100, min(maxListed, 1_000_000/(len(s.due)+len(s.owing)))),
	}
	generation := s.file.Hash
	s.mu.Unlock()
	if e.backlog == nil { // made without the lock: it may take long
		e.backlog = j.backlog(generation, s.o.Missed)
	}
	b := &batch{owing: e}
	if ends := e.backlog.ends; len(ends) > 0 {
		b.ends = ends[:min(len(ends), batchTicks)]
	} else {
		b.due = e.backlog.due[:min(len(e.backlog.due), batchTicks)]
	}
	return b
}

// giveBack puts a batch's entries back: to wait for their next tick, or, where the write
// failed, to be written again.
func (s *Scheduler) giveBack(b *batch, written bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, e := range b.punctual {
		if !written {
			s.due.put(e, e.next) // also where a reload took it away: this tick is still to be written
			continue
		}
		e.fresh = false
		s.await(e, b.next[i])
	}
	e := b.owing
	switch {
	case e == nil:
	case !written:
		e.backlog = nil // made anew when the ledger is back
	default:
		s.pay(e, b)
	}
}

// pay takes what was written out of an entry's backlog.
func (s *Scheduler) pay(e *entry, b *batch) {
	e.fresh = false
	e.backlog.count(b.ends, b.due, b.fresh)
	e.backlog.ends, e.backlog.due = e.backlog.ends[len(b.ends):], e.backlog.due[len(b.due):]
	if len(e.backlog.ends)+len(e.backlog.due) > 0 {
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
	if n := e.backlog.written; n.missed+n.run > 0 {
		s.o.Log.Warn().Str("job", e.job.Name).Int("missed", n.missed).Int("run", n.run).Time("first", n.first).
			Msg("ticks passed while nothing ran them")
	}
	s.owing = slices.DeleteFunc(s.owing, func(other *entry) bool { return other == e })
	next := e.backlog.next
	e.backlog = nil
	s.await(e, next)
}
