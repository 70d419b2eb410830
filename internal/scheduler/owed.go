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

// maxListed is how many of a job's ticks that have passed get a row each, at
// most. Ten times as many are counted.
const maxListed = 10_000

// backlog is what becomes of the ticks that a job was found too late for. The
// missed ones are written first: what is recorded of a job then never has a
// hole before its newest tick, even if the process dies in between.
type backlog struct {
	ends []store.End
	due  []store.Due
	next time.Time // the tick that comes after them

	missed   int
	unlisted int // of these, those that the first of ends stands for
	oldest   time.Time
	written  written
}

// written is what of a backlog was news to the ledger.
type written struct {
	missed, run int
	first       time.Time
}

// count takes note of which of these the ledger took as new.
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
		if o.unlisted = 0; fresh[i] {
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

// judgment is what a backlog is found from.
type judgment struct {
	job             *jobs.Job
	from, upto, now time.Time // the first tick, until when they are its own, and now
	inTime          time.Time // ticks from then on are due, those before have passed
	floor           time.Time
	inherited       bool
	listed          int
}

// found are a job's ticks that have come and are not recorded.
type found struct {
	ticks []time.Time // in order; at most as many as are listed
	next  time.Time

	// Those before the first that are not listed.
	unlisted      int
	more          bool // there were more than could be counted
	oldest, newer time.Time
}

// first is the tick that the search begins with: those that the ledger has are
// no news, but where one of them can be due again.
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

// find walks from an entry's next tick up to now.
func (j judgment) find() found {
	set := j.job.Schedule
	f := found{}
	from := j.first()
	t, counted := from, 0
	for ; !t.IsZero() && !t.After(j.upto); t = set.Next(t) {
		if counted++; counted > 10*j.listed {
			f.more = true
			break
		}
		f.ticks = append(f.ticks, t)
	}
	f.next = t
	if f.more { // the newest matter: look back from the end, further each time
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

// backlog says of each tick whether it is due, still runs, or was missed.
func (j judgment) backlog(generation string, tell func(*jobs.Job, time.Time, int) []store.NewDelivery) *backlog {
	f := j.find()
	inTime := len(f.ticks)
	for inTime > 0 && !j.inherited && !f.ticks[inTime-1].Before(j.inTime) {
		inTime--
	}
	passed, due := f.ticks[:inTime], f.ticks[inTime:]
	for len(passed) > 0 && !passed[0].After(j.floor) {
		passed = passed[1:]
	}
	run := stillRun(j.job, passed, len(due) > 0, j.now)
	missed := passed[:len(passed)-run]
	b := &backlog{next: f.next, missed: len(missed) + f.unlisted, unlisted: f.unlisted, oldest: f.oldest}
	if f.unlisted > 0 {
		b.ends = append(b.ends, j.end(f.newer, f.says(j.listed), generation))
	}
	for _, tick := range missed {
		b.ends = append(b.ends, j.end(tick, j.reason(tick), generation))
	}
	if last := len(b.ends) - 1; last >= 0 && tell != nil {
		b.ends[last].Deliveries = tell(j.job, b.ends[last].Tick, b.missed)
	}
	for _, tick := range passed[len(passed)-run:] {
		b.due = append(b.due, dueAt(j.job, tick, store.CatchUp, generation))
	}
	for _, tick := range due {
		b.due = append(b.due, dueAt(j.job, tick, store.Schedule, generation))
	}
	return b
}

func (j judgment) end(tick time.Time, reason, generation string) store.End {
	return store.End{Job: j.job.Name, Tick: tick, Trigger: store.CatchUp, State: store.Missed, Reason: reason, Generation: generation}
}

// says is what the row of the newest tick that is not listed tells of them all.
func (f found) says(listed int) string {
	count := fmt.Sprint(f.unlisted)
	if f.more {
		count = "more than " + count
	}
	return fmt.Sprintf("nothing ran at its time; this row stands for %s ticks, from %s to %s: "+
		"of those that passed together, only the newest %d are listed",
		count, f.oldest.Format(time.RFC3339), f.newer.Format(time.RFC3339), listed)
}

// newest gives the last ticks up to an instant.
func newest(set schedule.Set, upto time.Time, n int) []time.Time {
	for span := time.Hour; ; span *= 2 {
		ticks := slices.Collect(set.Between(upto.Add(-span), upto))
		if len(ticks) >= n {
			return ticks[len(ticks)-n:]
		}
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
	case choices.MissedAll:
		return within
	case choices.MissedLast:
		if newer { // the last one is that
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
