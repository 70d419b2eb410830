package main

import (
	"sync"
	"time"
)

// edition is a job file that was in place whole, from an instant on.
type edition struct {
	At    time.Time
	Every map[string]time.Duration // of each job that it has
}

// paper is the job file. Whoever holds its lock may leave it broken for a while, and no
// node begins then: one that finds a broken file says so and ends.
type paper struct {
	sync.Mutex

	editions []edition
}

// enter notes an edition that was put in place from an instant on. The lock is held.
func (p *paper) enter(all []job, at time.Time) { p.editions = append(p.editions, editionOf(all, at)) }

func editionOf(all []job, at time.Time) edition {
	e := edition{At: at, Every: map[string]time.Duration{}}
	for _, j := range all {
		e.Every[j.name] = j.every
	}
	return e
}

// surely is how long a serve that is up needs at the most to take a new job file, also
// while it is stopped and its ledger locked in between.
const surely = 90 * time.Second

// spansOf says when a job was due at which times. The first edition is known from the
// start; of a later one, a serve says with its first tick that it knows it.
func spansOf(job string, all []edition, lives []life, served, to time.Time) (spans []span) {
	for i, e := range all {
		until := to
		if i+1 < len(all) && all[i+1].At.Before(to) {
			until = all[i+1].At
		}
		if last := len(spans) - 1; last >= 0 && spans[last].Every == e.Every[job] {
			spans[last].To = until // what was known before goes on
			continue
		}
		s := span{Every: e.Every[job], From: e.At, To: until, Known: never}
		if len(spans) == 0 {
			s.From, s.Known = served, served
		} else {
			s.Before = spans[len(spans)-1].Every
		}
		spans = append(spans, s)
	}
	for i := range spans {
		spans[i].Known = earliest(spans[i], lives)
	}
	return spans
}

// sometime says of spans only that they were: a clock that is set may go through one twice,
// or leave it out.
func sometime(spans []span) []span {
	for i := range spans {
		spans[i].From, spans[i].Known = never, never
	}
	return spans
}

// earliest is when a span is known at the latest, because a serve was up so long.
func earliest(s span, lives []life) time.Time {
	known := s.Known
	for _, l := range lives {
		from := s.From
		if l.From.After(from) {
			from = l.From
		}
		from = from.Add(surely)
		if from.Before(known) && from.Before(l.To) {
			known = from
		}
	}
	return known
}
