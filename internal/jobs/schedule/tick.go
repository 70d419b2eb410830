package schedule

import (
	"fmt"
	"iter"
	"time"
)

// Tick is a due time, for people.
type Tick struct {
	At    time.Time // in UTC: what a run is named by
	Local time.Time // the same instant in the job's zone
	Note  string    // what a clock change does to this tick; mostly empty
}

// Ticks gives the first n ticks after an instant.
func (s Set) Ticks(after time.Time, n int) []Tick {
	var ticks []Tick
	for at := after; len(ticks) < n; {
		at = s.Next(at)
		if at.IsZero() {
			break
		}
		ticks = append(ticks, s.tick(at))
	}
	return ticks
}

// TicksBetween gives the ticks after from, up to and including to.
func (s Set) TicksBetween(from, to time.Time) iter.Seq[Tick] {
	return func(yield func(Tick) bool) {
		for at := range s.Between(from, to) {
			if !yield(s.tick(at)) {
				return
			}
		}
	}
}

func (s Set) tick(at time.Time) Tick {
	return Tick{At: at, Local: at.In(s.Zone()), Note: s.note(at.Unix())}
}

// note looks at a tick in the light of the clock changes near to it.
func (s Set) note(at int64) string {
	for _, ch := range s.clock.changes(at-spread, at) {
		if ch.new > ch.old {
			if note := s.forwardNote(at, ch); note != "" {
				return note
			}
		}
	}
	return s.twiceNote(at)
}

// forwardNote tells which times were moved to this tick, or were left out
// before it, because clocks went forward.
func (s Set) forwardNote(at int64, ch change) string {
	low, high := s.clock.missing(ch)
	moved, left := gap{}, gap{}
	tail := ""
	for i := range s.specs {
		spec := &s.specs[i]
		switch {
		case spec.every > 0:
		case !spec.real && ch.at == at:
			moved.join(spec.within(low, high))
		case spec.real && spec.next(s.clock, ch.at-1) == at:
			left.join(spec.within(low, high))
			if !spec.everyHour() {
				tail = ", left out as the hour field follows real time"
			}
		}
	}
	switch {
	case moved.count > 0:
		return fmt.Sprintf("clocks go forward: %s, %s at %s", moved.doNotExist(high), moved.runs(), show(high, moved.first))
	case left.count > 0:
		return "clocks go forward: " + left.doNotExist(high) + tail
	}
	return ""
}

// twiceNote tells of a tick at a wall time that the clock shows twice.
func (s Set) twiceNote(at int64) string {
	wall := s.clock.wall(at)
	again := s.clock.repeats(at, wall)
	repeated := wall <= s.clock.reached(at-1)
	if !again && !repeated {
		return ""
	}
	once := true
	for i := range s.specs {
		spec := &s.specs[i]
		if (spec.real || spec.every > 0) && spec.next(s.clock, at-1) == at {
			once = false
		}
	}
	switch text := show(wall, wall); {
	case repeated:
		return text + " comes twice, this is the second time"
	case once:
		return text + " comes twice, runs the first time only"
	default:
		return text + " comes twice, this is the first time"
	}
}

// gap is the scheduled wall times that a clock change leaves out.
type gap struct {
	count       int
	first, last int64
}

func (g *gap) join(other gap) {
	switch {
	case other.count == 0:
	case g.count == 0:
		*g = other
	default:
		// Times that both have are counted twice: only one and many differ.
		same := g.first == other.first && g.last == other.last && g.count == 1 && other.count == 1
		g.first, g.last = min(g.first, other.first), max(g.last, other.last)
		if !same {
			g.count += other.count
		}
	}
}

// doNotExist names the times, in a gap that ends at the wall time high.
func (g gap) doNotExist(high int64) string {
	if g.count == 1 {
		return show(g.first, high) + " does not exist"
	}
	return show(g.first, high) + " to " + show(g.last, g.first) + " do not exist"
}

func (g gap) runs() string {
	if g.count == 1 {
		return "runs"
	}
	return "runs once"
}

// within gives the spec's wall times after low and before high.
func (s *Spec) within(low, high int64) gap {
	var found gap
	for wall := s.nextWall(low); wall < high; wall = s.nextWall(wall) {
		if found.count == 0 {
			found.first = wall
		}
		found.last = wall
		found.count++
	}
	return found
}

// show writes a wall time: with its date when that is not the other one's, and
// with seconds where a zone's odd offset brings them in.
func show(wall, other int64) string {
	t, o := time.Unix(wall, 0).UTC(), time.Unix(other, 0).UTC()
	layout := "15:04"
	if t.Second() != 0 {
		layout = "15:04:05"
	}
	if t.YearDay() != o.YearDay() || t.Year() != o.Year() {
		layout = time.DateOnly + " " + layout
	}
	return t.Format(layout)
}
