package schedule

import (
	"errors"
	"time"
)

// compact is how a tick stands in the id of its run.
const compact = "20060102T150405Z"

// Instant reads a time that is the same everywhere, as people and the ids of runs have it.
func Instant(text string) (time.Time, bool) {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t, err = time.Parse(compact, text)
	}
	return t.UTC(), err == nil
}

// Reader is Moment, End, or End by some time.
type Reader func(text string, zones []*time.Location) (time.Time, error)

// Moment reads a time as people give it: an instant, or a wall time in the zone that is
// the same of all. At a clock change that is the instant at which a tick of that time is:
// the first of two, and the first after the gap for a time that is left out.
func Moment(text string, zones []*time.Location) (time.Time, error) {
	return moment(text, zones, clock.first)
}

// End reads a time that ends a range and is in it. A wall time that comes twice is the
// second: up to 01:30 is also what was due at either of the two. A day ends with its last
// microsecond, whatever its clocks do.
func End(text string, zones []*time.Location) (time.Time, error) {
	if day, err := time.Parse(time.DateOnly, text); err == nil {
		next, err := Moment(day.AddDate(0, 0, 1).Format(time.DateOnly), zones)
		return next.Add(-time.Microsecond), err
	}
	return moment(text, zones, clock.last)
}

// EndBy gives End for ranges of what has passed by now: what has begun and isn't over, as
// today, ends now.
func EndBy(now time.Time) Reader {
	return func(text string, zones []*time.Location) (time.Time, error) {
		end, err := End(text, zones)
		if begun, wrong := Moment(text, zones); wrong == nil && !begun.After(now) && end.After(now) {
			return now, nil
		}
		return end, err
	}
}

func moment(text string, zones []*time.Location, of func(c clock, wall int64) int64) (time.Time, error) {
	t, err := read(text, zones, of)
	if err == nil && t.IsZero() { // it goes for none elsewhere
		return t, errWant
	}
	return t, err
}

var errWant = errors.New("want a time such as 2026-03-02T02:30:00Z, or 2026-03-02 02:30 in the job's zone")

func read(text string, zones []*time.Location, of func(c clock, wall int64) int64) (time.Time, error) {
	if t, is := Instant(text); is {
		return t.Truncate(time.Microsecond), nil
	}
	for _, layout := range []string{"2006-01-02T15:04", "2006-01-02 15:04", time.DateTime, time.DateOnly} {
		wall, err := time.Parse(layout, text)
		if err != nil {
			continue
		}
		for _, zone := range zones {
			if zone.String() != zones[0].String() {
				return time.Time{}, errors.New("the jobs are in different zones; give it as 2026-03-02T02:30:00Z")
			}
		}
		// time.ParseInLocation says of neither kind of time at a clock change which instant it is.
		c := clock{zones[0]}
		t := time.Unix(of(c, wall.Unix()), 0).UTC()
		if c.wall(t.Unix()) == wall.Unix() { // what is left out has no part of a second either
			t = t.Add(time.Duration(wall.Nanosecond()).Truncate(time.Microsecond))
		}
		return t, nil
	}
	return time.Time{}, errWant
}
