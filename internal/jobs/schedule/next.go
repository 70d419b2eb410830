package schedule

import (
	"iter"
	"math"
	"slices"
	"strings"
	"time"
)

// Set is a job's schedules, read in one zone. Specs that meet in one instant
// are one tick. The zero Set has no ticks. A Set doesn't change, and is safe
// for use by several goroutines.
type Set struct {
	clock clock
	specs []Spec
}

// NewSet joins specs in a zone; nil is UTC.
func NewSet(zone *time.Location, specs ...Spec) Set {
	return Set{clock: clock{zone}, specs: slices.Clone(specs)}
}

// Zone gives the zone that wall times are read in.
func (s Set) Zone() *time.Location { return s.clock.location() }

// Specs gives the specs, in the order they were given.
func (s Set) Specs() []Spec { return slices.Clone(s.specs) }

// String gives the specs and the zone, for people.
func (s Set) String() string {
	texts := make([]string, len(s.specs))
	for i, spec := range s.specs {
		texts[i] = spec.text
	}
	return strings.Join(texts, "; ") + " (" + s.Zone().String() + ")"
}

// Next gives the first tick after an instant, in UTC; the zero Time means that
// there is none before the year 10000.
func (s Set) Next(after time.Time) time.Time {
	if tick := s.next(seconds(after)); tick != never {
		return time.Unix(tick, 0).UTC()
	}
	return time.Time{}
}

// Between gives the ticks after from, up to and including to, in order.
func (s Set) Between(from, to time.Time) iter.Seq[time.Time] {
	return func(yield func(time.Time) bool) {
		for at := s.Next(from); !at.IsZero() && !at.After(to); at = s.Next(at) {
			if !yield(at) {
				return
			}
		}
	}
}

// never stands for an instant that does not come.
const never = math.MaxInt64

// The instants that are searched, in Unix seconds: the years 1 to 9999.
var (
	earliest = time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC).Unix()
	latest   = time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC).Unix()
)

// seconds drops the fraction: ticks are whole seconds, so a tick is after an
// instant when it is after that instant's second.
func seconds(t time.Time) int64 { return min(max(t.Unix(), earliest), latest) }

func (s Set) next(after int64) int64 {
	first := int64(never)
	for i := range s.specs {
		first = min(first, s.specs[i].next(s.clock, after))
	}
	if first > latest {
		return never
	}
	return first
}

func (s *Spec) next(c clock, after int64) int64 {
	switch {
	case s.every > 0:
		return nextMultiple(after, s.every)
	case s.text == "": // the zero Spec; Parse refuses dates that never come
		return never
	case s.real:
		return s.nextReal(c, after)
	}
	return s.nextFixed(c, after)
}

func nextMultiple(after, period int64) int64 {
	past := after % period
	if past < 0 {
		past += period
	}
	if after > never-period {
		return never
	}
	return after - past + period
}

// nextFixed runs the spec over wall time alone, where no clock ever changes,
// and asks when the zone's clock gets there.
func (s *Spec) nextFixed(c clock, after int64) int64 {
	wall := s.nextWall(c.reached(after))
	if wall == never {
		return never
	}
	return c.reaches(after, wall)
}

// nextReal looks for a matching wall time in each period of one offset, so that
// it sees exactly the times that the clock shows, twice if need be.
func (s *Spec) nextReal(c clock, after int64) int64 {
	offset, until := c.at(after)
	for after < latest {
		wall := s.nextWall(after + offset)
		if wall == never {
			break
		}
		if wall-offset < until {
			return wall - offset
		}
		after = until - 1
		offset, until = c.at(until)
	}
	return never
}

// nextWall gives the first matching wall time after another. Both are written
// as the Unix seconds of a clock in UTC.
func (s *Spec) nextWall(after int64) int64 {
	t := time.Unix(after, 0).UTC()
	// Next looks five years ahead, but eight may lie between two leap days.
	for range 3 {
		if found := s.rule.Next(t); !found.IsZero() {
			return found.Unix()
		}
		t = time.Date(t.Year()+5, 12, 31, 23, 59, 59, 0, time.UTC)
	}
	return never
}
