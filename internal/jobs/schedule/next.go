package schedule

import (
	"iter"
	"time"
)

// reach is how far around an instant a clock change is looked for: more than
// the largest there has been, a whole day.
const reach = 36 * time.Hour

// Set is all schedules of a job, in its zone. Schedules that meet in one
// instant are one tick.
type Set struct {
	zone  *time.Location
	specs []Spec
}

// NewSet joins specs in a zone.
func NewSet(zone *time.Location, specs ...Spec) Set { return Set{zone: zone, specs: specs} }

// Next gives the first tick after the instant, in UTC, or zero for none.
func (s Set) Next(after time.Time) time.Time {
	var next time.Time
	for _, spec := range s.specs {
		if at := spec.next(after, s.zone); !at.IsZero() && (next.IsZero() || at.Before(next)) {
			next = at
		}
	}
	return next
}

// Between gives the ticks in (from, to].
func (s Set) Between(from, to time.Time) iter.Seq[time.Time] {
	return func(yield func(time.Time) bool) {
		for at := s.Next(from); !at.IsZero() && !at.After(to); at = s.Next(at) {
			if !yield(at) {
				return
			}
		}
	}
}

// next treats clock changes so: a wall time that doesn't exist is due at the
// first instant after the gap, one that exists twice is due the first time.
// Both are the same rule: a wall time is due when the clock on the wall first
// shows it or has passed it.
func (s Spec) next(after time.Time, zone *time.Location) time.Time {
	if s.every > 0 {
		period := int64(s.every / time.Second)
		periods := after.Unix() / period
		if after.Unix() < 0 && after.Unix()%period != 0 {
			periods-- // division rounds towards zero
		}
		return time.Unix((periods+1)*period, 0).UTC()
	}
	if s.realTime {
		inZone := *s.cron
		inZone.Location = zone
		at := inZone.Next(after.In(zone))
		if at.IsZero() {
			return at
		}
		return at.UTC()
	}
	wall := s.cron.Next(furthest(after, zone))
	if wall.IsZero() {
		return wall
	}
	return reached(wall, zone)
}

// A wall time is written as a UTC time with the same digits.
func wallOf(t time.Time) time.Time {
	_, offset := t.Zone()
	return t.Add(time.Duration(offset) * time.Second).UTC()
}

// furthest gives the latest wall time that was shown up to the instant. It
// differs from the wall time now only after the clock was set back.
func furthest(t time.Time, zone *time.Location) time.Time {
	local := t.In(zone)
	latest := wallOf(local)
	for start, _ := local.ZoneBounds(); !start.IsZero() && t.Sub(start) <= reach; start, _ = start.Add(-1).In(zone).ZoneBounds() {
		// The moment before the change; the change itself shows the new time.
		if before := wallOf(start.Add(-1).In(zone)); before.After(latest) {
			latest = before
		}
	}
	return latest
}

// reached gives the first instant at which the wall clock shows the time, or
// has jumped over it.
func reached(wall time.Time, zone *time.Location) time.Time {
	at := wall.Add(-reach).In(zone)
	for {
		_, end := at.ZoneBounds()
		_, offset := at.Zone()
		shown := wall.Add(-time.Duration(offset) * time.Second)
		if shown.Before(at) {
			shown = at // jumped over
		}
		if end.IsZero() || shown.Before(end) {
			return shown.UTC()
		}
		at = end.In(zone)
	}
}
