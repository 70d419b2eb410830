package main

import (
	"bytes"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"time"
)

// What may be wrong. Each promise that is broken is one of these.
const (
	lost    = "lost"    // a tick without an end, a message that never came, a change that nobody was told
	doubled = "doubled" // a tick twice, a message with two bodies, a group of records twice
	stale   = "stale"   // an export that is half, mixed, or older than it may be
	leaked  = "leaked"  // a secret where it has no business
	broken  = "broken"  // serve itself ended, or can't be asked
)

// finding is one thing that is wrong.
type finding struct{ Kind, Text string }

func found(kind, format string, args ...any) []finding {
	return []finding{{kind, fmt.Sprintf(format, args...)}}
}

// least is how many of the additions have to be seen by who asks after a tick.
func (g growth) least(tick time.Time) int {
	n := 0
	for _, a := range g.Added {
		if !a.Done.After(tick.Add(-g.Ahead)) {
			n++
		}
	}
	return n
}

// most is how many can have been seen by an instant.
func (g growth) most(by time.Time) int {
	n := 0
	for _, a := range g.Added {
		if !a.Began.After(by) {
			n++
		}
	}
	return n
}

// state says which state of the project these ids are: how many additions it has.
func (g growth) state(ids []string) (int, string) {
	have := make(map[string]bool, len(ids))
	for _, id := range ids {
		if have[id] {
			return 0, "has " + id + " twice"
		}
		have[id] = true
	}
	k := len(ids) - len(g.Base)
	if k < 0 || k > len(g.Added) {
		return 0, fmt.Sprintf("has %d records, which the server never had (it began with %d, and %d came)", len(ids), len(g.Base), len(g.Added))
	}
	want := slices.Clone(g.Base)
	for _, a := range g.Added[:k] {
		want = append(want, a.ID)
	}
	for _, id := range want {
		if !have[id] {
			return 0, fmt.Sprintf("has %d records, but not %s", len(ids), id)
		}
	}
	return k, ""
}

// seen is what a file was when it was last looked at.
type seen struct {
	k     int
	tick  time.Time
	ticks map[time.Time]bool
}

// earlier says whether a file shows an earlier tick than it did, or less of the same one, as after another
// attempt of its run.
func (s seen) earlier(before seen) bool {
	return s.tick.Before(before.tick) || s.tick.Equal(before.tick) && s.k < before.k
}

// checkSight holds a file against the world, and against what it was before. The state that
// it shows is one that the server had, not older than its tick, and never older than before.
func checkSight(g growth, before seen, s sight) (seen, []finding) {
	now := seen{tick: before.tick, k: before.k, ticks: map[time.Time]bool{}}
	groups := [][]row{s.Rows}
	if s.Series {
		groups = byTick(s.Rows)
	}
	var wrong []finding
	var last time.Time
	for _, rows := range groups {
		var tick time.Time
		ids := make([]string, len(rows))
		for i, r := range rows {
			ids[i] = r.ID
			if i > 0 && !r.Tick.Equal(tick) {
				return now, found(stale, "%s mixes the ticks %s and %s", s.Name, stamp(tick), stamp(r.Tick))
			}
			tick = r.Tick
		}
		if s.Series {
			if now.ticks[tick] {
				wrong = append(wrong, found(doubled, "%s has the tick %s twice", s.Name, stamp(tick))...)
			}
			now.ticks[tick] = true
		}
		if tick.Before(last) || !s.Series && tick.Before(before.tick) {
			wrong = append(wrong, found(stale, "%s goes back to the tick %s", s.Name, stamp(tick))...)
		}
		last, now.tick = tick, tick
		k, why := g.state(ids)
		switch {
		case why != "":
			wrong = append(wrong, found(stale, "%s, tick %s, %s", s.Name, stamp(tick), why)...)
		case k > g.most(s.At):
			wrong = append(wrong, found(stale, "%s knows %d additions when only %d were there", s.Name, k, g.most(s.At))...)
		case !tick.IsZero() && k < g.least(tick):
			wrong = append(wrong, found(stale, "%s, tick %s, knows %d additions of the %d before it", s.Name, stamp(tick), k, g.least(tick))...)
		case !s.Series && k < before.k:
			wrong = append(wrong, found(stale, "%s went back from %d additions to %d", s.Name, before.k, k)...)
		}
		now.k = k
	}
	for tick := range before.ticks {
		if s.Series && !now.ticks[tick] {
			wrong = append(wrong, found(lost, "%s had the tick %s, and has it no more", s.Name, stamp(tick))...)
		}
	}
	return now, wrong
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return "unknown"
	}
	return t.UTC().Format("15:04:05")
}

// byTick gives the groups of rows that follow each other with one tick.
func byTick(rows []row) (groups [][]row) {
	for i, r := range rows {
		if i == 0 || !r.Tick.Equal(rows[i-1].Tick) {
			groups = append(groups, nil)
		}
		groups[len(groups)-1] = append(groups[len(groups)-1], r)
	}
	return groups
}

// ended are the states from which nothing more comes.
var ended = []string{"succeeded", "failed", "canceled", "skipped", "missed"}

// fits says that a time is one of a schedule's.
func fits(tick time.Time, every time.Duration) bool {
	return every > 0 && tick.Truncate(every).Equal(tick)
}

// checkTicks wants each due time of a job once, with an end.
func checkTicks(job string, spans []span, runs []ledgerRun) (wrong []finding) {
	times, live := map[time.Time]int{}, map[time.Time]bool{}
	for _, r := range runs {
		if r.Job != job {
			continue
		}
		times[r.Tick.UTC()]++
		live[r.Tick.UTC()] = r.State != "missed" // which is written later, also of a schedule that was
		if !slices.Contains(ended, r.State) {
			wrong = append(wrong, found(lost, "%s has no end, it is %s", r.Run, r.State)...)
		}
		if !slices.ContainsFunc(spans, func(s span) bool { return fits(r.Tick, s.Every) }) {
			wrong = append(wrong, found(doubled, "%s ran at %s, when it wasn't due", job, stamp(r.Tick))...)
		}
	}
	for _, s := range spans {
		wrong = append(wrong, checkSpan(job, s, times, live)...)
	}
	for tick, n := range times {
		if n > 1 {
			wrong = append(wrong, found(doubled, "%s has %d rows for its tick %s", job, n, stamp(tick))...)
		}
	}
	return wrong
}

// checkSpan wants a row for each due time since the schedule is known.
func checkSpan(job string, s span, times map[time.Time]int, live map[time.Time]bool) (wrong []finding) {
	if s.Every == 0 {
		return nil
	}
	for tick := range times {
		if live[tick] && tick.After(s.From) && !tick.After(s.To) && tick.Before(s.Known) && fits(tick, s.Every) && !fits(tick, s.Before) {
			s.Known = tick
		}
	}
	first := s.Known.UTC().Truncate(s.Every).Add(s.Every)
	for tick := first; !tick.After(s.To); tick = tick.Add(s.Every) {
		if times[tick] == 0 {
			wrong = append(wrong, found(lost, "%s has no row for its tick %s", job, stamp(tick))...)
		}
	}
	return wrong
}

// checkReasons wants a run that failed to say why.
func checkReasons(runs []ledgerRun) (wrong []finding) {
	for _, r := range runs {
		if r.State == "failed" && r.Error == "" {
			wrong = append(wrong, found(lost, "%s failed, and nobody knows why", r.Run)...)
		}
	}
	return wrong
}

// checkArrivals wants one body for one id, one id for one part of a run, and each signed.
func checkArrivals(all []arrival) (wrong []finding) {
	type part struct {
		run   string
		batch int
	}
	bodies, ids := map[string]string{}, map[part]string{}
	for _, a := range all {
		if !a.Signed {
			wrong = append(wrong, found(doubled, "the message %s came without a good signature", a.ID)...)
		}
		if before, known := bodies[a.ID]; known && before != a.Body {
			wrong = append(wrong, found(doubled, "the message %s came with two bodies", a.ID)...)
		}
		p := part{a.Run, a.Batch}
		if before, known := ids[p]; known && before != a.ID {
			wrong = append(wrong, found(doubled, "batch %d of %s came as %s and as %s", a.Batch, a.Run, before, a.ID)...)
		}
		bodies[a.ID], ids[p] = a.Body, a.ID
	}
	return wrong
}

// checkDeliveries wants what the ledger says was delivered to have been taken, and what a
// run owes to have been delivered; a run that didn't succeed told nobody anything.
func checkDeliveries(runs []ledgerRun, all []arrival, hooks map[string]bool) (wrong []finding) {
	taken, good := map[string]bool{}, map[string]bool{}
	for _, a := range all {
		taken[a.ID] = taken[a.ID] || a.Taken
	}
	for _, r := range runs {
		if r.State != "succeeded" {
			continue
		}
		good[r.Run] = true
		if hooks[r.Job] && len(r.Deliveries) == 0 {
			wrong = append(wrong, found(lost, "%s succeeded and owes no message", r.Run)...)
		}
		for _, d := range r.Deliveries {
			if d.State != "delivered" || !taken[d.ID] {
				wrong = append(wrong, found(lost, "the message %s of %s is %s in the ledger; taken: %t", d.ID, r.Run, d.State, taken[d.ID])...)
			}
		}
	}
	for _, a := range all {
		if !good[a.Run] {
			wrong = append(wrong, found(doubled, "%s sent %s, and didn't succeed", a.Run, a.ID)...)
		}
	}
	return wrong
}

// checkTold wants every addition told that came after a job's first message and before the
// tick of its last good run.
func checkTold(job string, g growth, runs []ledgerRun, all []arrival) (wrong []finding) {
	told, first, last := map[string]bool{}, time.Time{}, time.Time{}
	for _, a := range all {
		if a.Job != job {
			continue
		}
		for _, id := range a.Told {
			told[id] = true
		}
		if a.First && (first.IsZero() || a.At.After(first)) {
			first = a.At
		}
	}
	for _, r := range runs {
		if r.Job == job && r.State == "succeeded" && r.Tick.After(last) {
			last = r.Tick
		}
	}
	for _, a := range g.Added {
		if !first.IsZero() && a.Began.After(first) && a.Done.Before(last.Add(-g.Ahead)) && !told[a.ID] {
			wrong = append(wrong, found(lost, "%s never told that %s came", job, a.ID)...)
		}
	}
	return wrong
}

// checkLeft wants nothing but exports below the output folder when all has an end: what was
// staged is in place or gone, and no session of a dead process lies about.
func checkLeft(names []string) (wrong []finding) {
	for _, name := range names {
		_, own := strings.CutPrefix(name, ".runner/")
		if own && !strings.HasPrefix(name, ".runner/sessions/") {
			continue // stamps, and parts that are kept for a day
		}
		if strings.HasSuffix(name, ".parts.json") {
			continue // where the runs of a file with append begin and end
		}
		if own || strings.HasPrefix(path.Base(name), ".") {
			wrong = append(wrong, found(stale, "%s is left over", name)...)
		}
	}
	return wrong
}

// checkThere wants what the last good run of each job wrote to be there as it was written. sum gives the
// sha256 of what is at a path, "" for nothing.
func checkThere(runs []ledgerRun, sum func(path string) string) (wrong []finding) {
	last := map[string]ledgerRun{}
	for _, r := range runs {
		if r.State == "succeeded" && r.Tick.After(last[r.Job].Tick) {
			last[r.Job] = r
		}
	}
	for _, name := range slices.Sorted(maps.Keys(last)) {
		for _, f := range last[name].Files {
			if there := sum(f.Path); there != f.SHA256 {
				wrong = append(wrong, found(lost, "%s of %s isn't there as it was written (sha256 %q)", f.Path, last[name].Run, there)...)
			}
		}
	}
	return wrong
}

// checkWithdrawn wants an export to have become again what it was only where the run that had put it
// hadn't succeeded by then, by a clock that may have been so much behind.
func checkWithdrawn(all []withdrawal, runs []ledgerRun, behind time.Duration) (wrong []finding) {
	for _, w := range all {
		for _, r := range runs {
			if r.Job == w.job && r.Tick.Equal(w.tick) && r.State == "succeeded" && r.Finished.Add(behind).Before(w.at) {
				wrong = append(wrong, found(stale, "%s went back from what %s had put, after its success", w.name, r.Run)...)
			}
		}
	}
	return wrong
}

// checkSecrets looks for secrets where they may not be.
func checkSecrets(where string, content []byte, secrets map[string]string) (wrong []finding) {
	for _, name := range slices.Sorted(maps.Keys(secrets)) {
		if bytes.Contains(content, []byte(secrets[name])) {
			wrong = append(wrong, found(leaked, "%s holds %s", where, name)...)
		}
	}
	return wrong
}

// checkSent wants each job's questions to be asked with a token of its own.
func checkSent(all []sent, owner map[string][]string) (wrong []finding) {
	for _, s := range all {
		if own := owner[s.Operation]; own != nil && !slices.Contains(own, s.Token) {
			wrong = append(wrong, found(leaked, "%s was asked with the token %s of another job", s.Operation, s.Token)...)
		}
	}
	return wrong
}
