package scheduler

import (
	"fmt"
	"slices"
	"time"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/jobs/choices"
	"speckle-runner/internal/jobs/schedule"
	"speckle-runner/internal/store"
)

// maxListed is how many of a job's passed ticks get a row each, at most. Up to ten
// times as many are counted.
const maxListed = 10_000

// backlog is what becomes of the ticks of a job that were found too late. The missed
// ones are written first, so that a job's rows never have a gap before its newest tick,
// even if the process dies in between.
type backlog struct {
	ends []store.End
	due  []store.Due
	next time.Time // the tick that comes after them

	missed   int
	unlisted int // how many of these the first of ends stands for
	oldest   time.Time
	written  written
}

// written counts the ticks of a backlog that the ledger took as new.
type written struct {
	missed, run int
	first       time.Time
}

// count counts which of these the ledger took as new.
func (o *backlog) count(ends []store.End, due []store.Due, fresh []bool) {
	w := &o.written
	note := func(tick time.Time) {
		if w.first.IsZero() {
			w.first = tick
		}
	}
	for i, end := range ends {
		n, first := max(1, o.unlisted), end.Tick
		if o.unlisted > 0 {
			first = o.oldest
		}
		o.unlisted = 0
		if fresh[i] {
			w.missed += n
			note(first)
		}
	}
	for i, one := range due {
		if fresh[i] && one.Trigger == store.CatchUp {
			w.run++
			note(one.Tick)
		}
	}
}

// judgment holds what a job's backlog follows from.
type judgment struct {
	job             *jobs.Job
	follows         string    // as in entry
	from, upto, now time.Time // the first tick, until when the schedule was in force, and now
	inTime          time.Time // ticks from then on are due, those before were missed
	floor           time.Time // as in entry
	inherited       bool      // as in entry
	listed          int       // how many ticks get a row each
}

// passed holds a job's ticks that have come and are not written.
type passed struct {
	ticks []time.Time // the newest ones, in order; at most judgment.listed
	next  time.Time   // the tick that comes after them

	// Older ticks than these get one row together.
	unlisted      int
	more          bool // there were more than could be counted
	oldest, newer time.Time
}

// first is the tick that the search begins with: the first that the ledger hasn't, or
// one before it that can be due again.
func (j judgment) first() time.Time {
	known := j.floor
	if before := j.inTime.Add(-time.Second); before.Before(known) {
		known = before
	}
	if known.Before(j.from) {
		return j.from
	}
	return j.job.Schedule.Next(known)
}

// find walks through the schedule from the first tick up to now.
func (j judgment) find() passed {
	set := j.job.Schedule
	f := passed{}
	from := j.first()
	t := from
	for ; !t.IsZero() && !t.After(j.upto); t = set.Next(t) {
		if len(f.ticks) == 10*j.listed {
			f.more = true
			break
		}
		f.ticks = append(f.ticks, t)
	}
	f.next = t
	if f.more { // the newest ticks matter: look back from the end for them
		f.next = set.Next(j.upto)
		f.ticks = newest(set, j.upto, j.listed+1)
	}
	if over := len(f.ticks) - j.listed; over > 0 {
		f.oldest, f.newer = from, f.ticks[over-1]
		f.unlisted, f.ticks = over, f.ticks[over:]
		if f.more {
			f.unlisted = 9 * j.listed
		}
	}
	return f
}

// backlog decides about each tick: it is due, was missed and still runs, or only was missed.
func (j judgment) backlog(generation string, tell func(*jobs.Job, time.Time, int) []store.NewDelivery) *backlog {
	f := j.find()
	firstDue := len(f.ticks)
	for firstDue > 0 && !j.inherited && !f.ticks[firstDue-1].Before(j.inTime) {
		firstDue--
	}
	late, due := f.ticks[:firstDue], f.ticks[firstDue:]
	for len(late) > 0 && !late[0].After(j.floor) {
		late = late[1:]
	}
	run := stillRun(j.job, late, len(due) > 0, j.now)
	missed := late[:len(late)-run]
	b := &backlog{next: f.next, missed: len(missed) + f.unlisted, unlisted: f.unlisted, oldest: f.oldest}
	if f.unlisted > 0 {
		b.ends = append(b.ends, j.end(f.newer, f.unlistedReason(j.listed), generation))
	}
	for _, tick := range missed {
		b.ends = append(b.ends, j.end(tick, j.reason(tick), generation))
	}
	if last := len(b.ends) - 1; last >= 0 && tell != nil {
		b.ends[last].Deliveries = tell(j.job, b.ends[last].Tick, b.missed)
	}
	for _, tick := range late[len(late)-run:] {
		b.due = append(b.due, tickOf(j.job, j.follows, tick, store.CatchUp, generation))
	}
	for _, tick := range due {
		b.due = append(b.due, tickOf(j.job, j.follows, tick, store.Schedule, generation))
	}
	return b
}

func (j judgment) end(tick time.Time, reason, generation string) store.End {
	return store.End{Job: j.job.Name, Tick: tick, Trigger: store.CatchUp, Schedule: j.follows, State: store.Missed, Reason: reason,
		Generation: generation}
}

// unlistedReason is the reason in the one row that stands for all ticks without a row of
// their own.
func (f passed) unlistedReason(listed int) string {
	count := fmt.Sprint(f.unlisted)
	if f.more {
		count = "more than " + count
	}
	return fmt.Sprintf("nothing ran at its time; this row stands for %s ticks, from %s to %s: "+
		"of those that passed together, only the newest %d are listed",
		count, f.oldest.Format(time.RFC3339), f.newer.Format(time.RFC3339), listed)
}

// newest gives the last n ticks up to an instant.
func newest(set schedule.Set, upto time.Time, n int) []time.Time {
	for span := time.Hour; ; span *= 2 {
		ticks := slices.Collect(set.Between(upto.Add(-span), upto))
		if len(ticks) >= n {
			return ticks[len(ticks)-n:]
		}
	}
}

// stillRun is how many of the late ticks, the newest ones, a job runs all the same.
// newer: a tick after them is due now.
func stillRun(job *jobs.Job, late []time.Time, newer bool, now time.Time) int {
	within := 0
	for within < len(late) && now.Sub(late[len(late)-1-within]) <= job.MissedWindow {
		within++
	}
	switch job.Missed {
	case choices.MissedAll:
		return within
	case choices.MissedLast:
		if newer { // the last tick is the one that is due
			return 0
		}
		return min(within, 1)
	}
	return 0
}

func (j judgment) reason(tick time.Time) string {
	switch {
	case j.inherited:
		return "nothing ran at its time, and the job file says something else of this job since then"
	case j.job.Missed == choices.MissedSkip:
		return "nothing ran at its time (missed: skip)"
	case j.now.Sub(tick) > j.job.MissedWindow:
		return fmt.Sprintf("nothing ran at its time, nor within %s of it (missed_window)", j.job.MissedWindow)
	}
	return "nothing ran at its time; a later tick runs (missed: last)"
}
